// A signed statement of who we are (RFC 7523), as a JSON Web Token. The file that signs with OpenSSL.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "exporter/wire/time.h"

namespace authprobe::credential {

struct Assertion {
  std::string issuer;
  std::string subject;
  std::string audience;
  std::string key_id;  // empty: none
  std::string id;      // `jti`
  std::string scope;   // Google's service accounts have it inside; empty: none
  WallTime now;
};

inline constexpr std::chrono::seconds kAssertionLife{300};

struct SignedAssertion {
  std::string text;     // the JWT
  std::string problem;  // why there is none; never the key
};

// Signs with a PEM key: RS256 where it is an RSA key, ES256 where it is one on P-256.
SignedAssertion sign(const Assertion& assertion, std::string_view pem);

}  // namespace authprobe::credential
