// The one place where libcurl's result codes become our reasons.
#pragma once

#include <curl/curl.h>

#include "exporter/http/response.h"

namespace authprobe::http {

TransportError transport_error_of(CURLcode code);

}  // namespace authprobe::http
