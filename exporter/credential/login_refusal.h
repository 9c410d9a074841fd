// Logins that fail with the status of a success: they send the visitor back, or show their form again. Pure.
#pragma once

#include <string>

#include "exporter/config/config.h"
#include "exporter/http/response.h"

namespace authprobe::credential {

// Why an answer to the login's request, a success or a redirect, is none; empty: nothing speaks against it. In our own
// words.
std::string login_refusal(const config::Login& login, const http::Response& response);

}  // namespace authprobe::credential
