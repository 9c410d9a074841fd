// An issuer's public keys (RFC 7517), and whether a token was signed with one of them (RFC 7515). Pure.
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authprobe::credential {

// One that cannot be used, because its type or its curve is not known here or it is broken, has no `key`.
struct JsonWebKey {
  std::string id;         // kid; empty: none
  std::string type;       // kty: "RSA", "EC", "OKP", "oct"
  std::string algorithm;  // alg; empty: any that fits its type
  bool signs = true;      // not `"use": "enc"`
  std::shared_ptr<EVP_PKEY> key;
};

// Nothing where `text` is no key set: JSON with an array `keys`. Of the keys the first 64 are taken.
std::optional<std::vector<JsonWebKey>> read_key_set(std::string_view text);

// The type of key that a signature algorithm (RFC 7518, section 3.1; RFC 8037) takes: "RSA", "EC", "OKP", or "oct" for
// a shared secret. Empty: not known here, or "none".
std::string_view key_type_for(std::string_view algorithm);

// unreadable: the algorithm is not one of those below, or the key cannot be used.
enum class SignatureCheck : std::uint8_t { verifies, fails, unreadable };

// `token`: in JWS compact form, signed by `algorithm`: RS, PS, ES (256, 384, 512) or EdDSA with Ed25519.
SignatureCheck check_signature(std::string_view token, std::string_view algorithm, const JsonWebKey& key);

}  // namespace authprobe::credential
