// The answers of the requests in front of a login. Pure.
#pragma once

#include "exporter/credential/login_progress.h"
#include "exporter/credential/token.h"

namespace authprobe::credential {

// Reads the answer of the step that `progress` stands at, and moves on. Not moved with a failure.
TokenAnswer take_step(const config::Login& login, const http::Response& response, WallTime now,
                      LoginProgress& progress);

// Takes values of an answer from `url`. What is missing; empty: nothing.
std::string take_values(const std::vector<config::TakenValue>& wanted, const http::Response& response,
                        const wire::Url& url, LoginProgress& progress);

}  // namespace authprobe::credential
