// What a server answered to token_request(), read by what the credential's kind makes of it. Pure.
#pragma once

#include "exporter/credential/token.h"

namespace authprobe::credential {

// Reads a complete answer to token_request(). Nothing that the server says ends up in `detail`.
TokenAnswer read_token_answer(const config::CredentialKind& kind, const http::Response& response, WallTime now);

}  // namespace authprobe::credential
