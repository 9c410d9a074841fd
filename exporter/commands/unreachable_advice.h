// What to do where a target gives no answer, or one that says that it failed.
#pragma once

#include <string>

#include "exporter/http/response.h"
#include "exporter/wire/url.h"

namespace authprobe::commands {

// Of a response without a status: the usual reason, and what to change. Never empty.
std::string unreachable_advice(const http::Response& response, const wire::Url& url);

// Of an answer that says that the server failed, to a request with a credential: what checks the credential may be what
// is down. Empty for all others.
std::string failing_server_advice(int status, bool with_credential);

}  // namespace authprobe::commands
