// The times in a JSON Web Token (RFC 7519), read without verifying it: the exporter wants to know what the server will
// see.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace authprobe::credential {

using WallTime = std::chrono::system_clock::time_point;

struct JwtTimes {
  std::optional<WallTime> expires_at;  // exp
  std::optional<WallTime> not_before;  // nbf
  std::optional<WallTime> issued_at;   // iat
};

// nullopt where `token` is not a signed JWT (JWS compact form: three base64url parts, a JSON object with "alg" first):
// an opaque token may have dots too, and an encrypted one (JWE, five parts) cannot be read.
std::optional<JwtTimes> read_jwt(std::string_view token);

}  // namespace authprobe::credential
