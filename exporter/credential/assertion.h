// A signed statement of who we are, as a JSON Web Token (RFC 7519): an assertion (RFC 7523), or the token itself. The
// file that signs with OpenSSL.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "exporter/config/credential_kinds.h"
#include "exporter/wire/time.h"

namespace authprobe::credential {

inline constexpr std::chrono::seconds kAssertionLife{300};

// An empty text is left out.
struct Assertion {
  std::string issuer;
  std::string subject;
  std::string audience;
  std::string key_id;
  std::string id;                     // `jti`
  std::string scope;                  // Google's service accounts have it inside
  config::Claims claims = {};         // further ones
  std::string_view certificate = {};  // PEM: its thumbprints go into the header (RFC 7515, 4.1.7 and 4.1.8)
  std::chrono::seconds life = kAssertionLife;
  WallTime now = {};
};

struct SignedAssertion {
  std::string text;     // the JWT
  std::string problem;  // why there is none; never the key
};

// Signs with a PEM key: RS256 where it is an RSA key, ES256 where it is one on P-256.
SignedAssertion sign(const Assertion& assertion, std::string_view pem);

// Signs HS256 with a secret that both sides have.
SignedAssertion sign_with_secret(const Assertion& assertion, std::string_view secret);

// Signs a JWT of the user's own, valid from `now`, with a PEM key or such a secret.
SignedAssertion sign(const config::SignedJwt& jwt, std::string_view key, WallTime now);

}  // namespace authprobe::credential
