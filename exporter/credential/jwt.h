// What stands in a JSON Web Token (RFC 7519), read without verifying it: the exporter wants to know what the server
// will see.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/wire/time.h"

namespace authprobe::credential {

// Texts are empty where the token does not have them.
struct JwtClaims {
  std::optional<WallTime> expires_at;  // exp; none: absent, or one of the values that mean never
  std::optional<WallTime> not_before;  // nbf
  std::optional<WallTime> issued_at;   // iat
  std::vector<std::string> scopes;     // scope (RFC 8693), scp, roles
  std::string issuer;                  // iss
  std::vector<std::string> audiences;  // aud: one text or several
  std::string algorithm;               // of the header: alg
  std::string key_id;                  // of the header: kid
};

// opaque: only its issuer can read it, dots or not; encrypted: a JWE (RFC 7516), which its addressee can read.
enum class TokenForm : std::uint8_t { opaque, jwt, encrypted };
TokenForm form_of(std::string_view token);

// nullopt where `token` is not a signed JWT (JWS compact form: three base64url parts, a JSON object with "alg" first):
// an opaque token may have dots too, and an encrypted one (JWE, five parts) cannot be read.
std::optional<JwtClaims> read_jwt(std::string_view token);

}  // namespace authprobe::credential
