// What a login of one's own hands out: a token from JSON, XML, plain text, a cookie or a header. Pure.
#pragma once

#include "exporter/credential/token.h"

namespace authprobe::credential {

// Reads an answer with the status of a success.
TokenAnswer read_login_answer(const config::Login& login, const http::Response& response, WallTime now);

}  // namespace authprobe::credential
