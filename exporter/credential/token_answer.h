// A server's answer to a request for a token, read as the credential's kind says. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "exporter/credential/token.h"

namespace authprobe::credential {

// Reads a complete answer to token_request(). Nothing that the server says ends up in `detail`. After a step of a login
// that went well, there is no token, and `progress` stands at the next request.
TokenAnswer read_token_answer(const config::CredentialKind& kind, const http::Response& response, WallTime now,
                              LoginProgress& progress);

inline TokenAnswer read_token_answer(const config::CredentialKind& kind, const http::Response& response, WallTime now) {
  LoginProgress progress;
  return read_token_answer(kind, response, now, progress);
}

// Of a login of one's own: a token from JSON, XML, plain text, a cookie or a header. Reads an answer with the status of
// a success.
TokenAnswer read_login_answer(const config::Login& login, const http::Response& response, WallTime now,
                              LoginProgress& progress);

// What the readers share.
TokenAnswer failed(FetchFailure failure, std::string detail);

// Which words in front of a token are taken for its scheme ("Bearer x"): some servers hand out the whole value of the
// header that they want.
enum class Schemes : std::uint8_t { none, known, any };

// The answer with this token, or what is wrong with the token's form.
TokenAnswer with_token(std::string_view text, Schemes schemes);

// A time in JSON: a number, or a text that holds one or a date. Nothing else changes the token.
void note_end(const nlohmann::json& value, WallTime now, wire::TimeFormat format, FetchedToken& token);

}  // namespace authprobe::credential
