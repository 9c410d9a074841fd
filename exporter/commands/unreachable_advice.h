// What to do where a target gives no answer.
#pragma once

#include <string>

#include "exporter/http/response.h"
#include "exporter/wire/url.h"

namespace authprobe::commands {

// Of a response without a status: the usual reason, and what to change. Never empty.
std::string unreachable_advice(const http::Response& response, const wire::Url& url);

}  // namespace authprobe::commands
