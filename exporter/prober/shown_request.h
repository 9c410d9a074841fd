// What diagnose shows of the credential in a request.
#pragma once

#include "exporter/http/request.h"
#include "exporter/wire/headers.h"

namespace authprobe::prober {

// Headers, query parameters and the like that carry it: their names, their scheme word, and how long the secret is.
wire::Headers masked(const http::Request& request);

}  // namespace authprobe::prober
