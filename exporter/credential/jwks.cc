#include "exporter/credential/jwks.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>
#include <nlohmann/json.hpp>

#include "exporter/wire/encoding.h"
#include "exporter/wire/json.h"
#include "exporter/wire/owned.h"

namespace authprobe::credential {
namespace {

constexpr std::size_t kMostKeys = 64;
// The bounds of what a check costs: 64 keys of 8192 bits take some 10 ms.
constexpr std::size_t kMostKeyBytes = 1024;
constexpr std::size_t kMostExponentBytes = 8;

using Builder = wire::Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Number = wire::Owned<BIGNUM, BN_free>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// OpenSSL notes what fails, and a TLS connection of this thread would take the note for its own.
struct NoErrorsLeft {
  ~NoErrorsLeft() { ERR_clear_error(); }
};

struct Curve {
  std::string_view name;       // of RFC 7518
  const char* group;           // of OpenSSL
  std::size_t part;            // bytes of a coordinate, and of each number of a signature
  std::string_view algorithm;  // the one that signs with it
};
constexpr std::array<Curve, 3> kCurves{
    {{"P-256", "prime256v1", 32, "ES256"}, {"P-384", "secp384r1", 48, "ES384"}, {"P-521", "secp521r1", 66, "ES512"}}};

// A base64url member; empty where there is none that can be read.
std::string bytes_member(const nlohmann::json& object, const char* name) {
  auto bytes = wire::base64_decoded(wire::text_member(object, name));
  return bytes && bytes->size() <= kMostKeyBytes ? std::move(*bytes) : std::string();
}

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::shared_ptr<EVP_PKEY> key_from(const char* type, OSSL_PARAM_BLD* builder) {
  const wire::Owned<OSSL_PARAM, OSSL_PARAM_free> params(OSSL_PARAM_BLD_to_param(builder));
  const wire::Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  if (EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) return nullptr;
  return {key, EVP_PKEY_free};
}

std::shared_ptr<EVP_PKEY> rsa_key(const nlohmann::json& jwk) {
  const Number modulus = number_of(bytes_member(jwk, "n"));
  const std::string exponent_bytes = bytes_member(jwk, "e");
  if (exponent_bytes.size() > kMostExponentBytes) return nullptr;
  const Number exponent = number_of(exponent_bytes);
  const Builder builder(OSSL_PARAM_BLD_new());
  if (!modulus || !exponent || BN_is_zero(modulus.get()) || BN_is_zero(exponent.get()) || !builder) return nullptr;
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, exponent.get());
  return key_from("RSA", builder.get());
}

std::shared_ptr<EVP_PKEY> ec_key(const nlohmann::json& jwk) {
  const std::string name = wire::text_member(jwk, "crv");
  const std::string x = bytes_member(jwk, "x");
  const std::string y = bytes_member(jwk, "y");
  for (const Curve& curve : kCurves) {
    if (curve.name != name || x.size() != curve.part || y.size() != curve.part) continue;
    const std::string point = '\x04' + x + y;  // uncompressed (SEC 1, section 2.3.3)
    const Builder builder(OSSL_PARAM_BLD_new());
    if (!builder) return nullptr;
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.group, 0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
    return key_from("EC", builder.get());
  }
  return nullptr;
}

std::shared_ptr<EVP_PKEY> ed25519_key(const nlohmann::json& jwk) {
  const std::string x = bytes_member(jwk, "x");
  if (wire::text_member(jwk, "crv") != "Ed25519") return nullptr;
  return {EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size()), EVP_PKEY_free};
}

JsonWebKey read_key(const nlohmann::json& jwk) {
  JsonWebKey key{wire::text_member(jwk, "kid"), wire::text_member(jwk, "kty"), wire::text_member(jwk, "alg"),
                 wire::text_member(jwk, "use") != "enc", nullptr};
  if (key.type == "RSA") key.key = rsa_key(jwk);
  if (key.type == "EC") key.key = ec_key(jwk);
  if (key.type == "OKP") key.key = ed25519_key(jwk);
  return key;
}

// JWS has an ECDSA signature as two numbers (RFC 7518, section 3.4), OpenSSL wants DER. Empty where it is no such pair.
std::string as_der(std::string_view raw, std::string_view algorithm) {
  for (const Curve& curve : kCurves) {
    if (curve.algorithm != algorithm || raw.size() != 2 * curve.part) continue;
    const wire::Owned<ECDSA_SIG, ECDSA_SIG_free> signature(ECDSA_SIG_new());
    Number r = number_of(raw.substr(0, curve.part));
    Number s = number_of(raw.substr(curve.part));
    if (!signature || ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return {};
    (void)r.release();  // the signature's now
    (void)s.release();
    unsigned char* der = nullptr;
    const int length = i2d_ECDSA_SIG(signature.get(), &der);
    std::string text(reinterpret_cast<const char*>(der), length > 0 ? static_cast<std::size_t>(length) : 0);
    OPENSSL_free(der);
    return text;
  }
  return {};
}

const EVP_MD* digest_of(std::string_view algorithm) {
  if (algorithm.ends_with("256")) return EVP_sha256();
  if (algorithm.ends_with("384")) return EVP_sha384();
  return algorithm.ends_with("512") ? EVP_sha512() : nullptr;  // null: EdDSA has its own
}

// RFC 7518, section 3.5: the salt is as long as the digest.
bool use_pss(EVP_PKEY_CTX* context) {
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

std::optional<std::vector<JsonWebKey>> read_key_set(std::string_view text) {
  const auto set = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!set.is_object() || !set.contains("keys") || !set["keys"].is_array()) return std::nullopt;
  const NoErrorsLeft no_errors_left;
  std::vector<JsonWebKey> keys;
  for (const auto& jwk : set["keys"]) {
    if (keys.size() == kMostKeys) break;
    if (jwk.is_object()) keys.push_back(read_key(jwk));
  }
  return keys;
}

std::string_view key_type_for(std::string_view algorithm) {
  if (algorithm == "EdDSA" || algorithm == "Ed25519") return "OKP";
  if (algorithm.size() != 5 || digest_of(algorithm) == nullptr) return "";
  if (algorithm.starts_with("RS") || algorithm.starts_with("PS")) return "RSA";
  if (algorithm.starts_with("ES")) return "EC";
  return algorithm.starts_with("HS") ? "oct" : "";
}

SignatureCheck check_signature(std::string_view token, std::string_view algorithm, const JsonWebKey& key) {
  if (!key.key || key_type_for(algorithm) != key.type) return SignatureCheck::unreadable;
  const NoErrorsLeft no_errors_left;
  const std::size_t dot = token.rfind('.');
  if (dot == std::string_view::npos) return SignatureCheck::unreadable;
  auto signature = wire::base64_decoded(token.substr(dot + 1));
  if (signature && key.type == "EC") signature = as_der(*signature, algorithm);
  if (!signature || signature->empty()) return SignatureCheck::fails;
  const wire::Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* parameters = nullptr;  // owned by `context`
  if (!context || EVP_DigestVerifyInit(context.get(), &parameters, digest_of(algorithm), nullptr, key.key.get()) != 1) {
    return SignatureCheck::unreadable;
  }
  if (algorithm.starts_with("PS") && !use_pss(parameters)) return SignatureCheck::unreadable;
  const int verified = EVP_DigestVerify(context.get(), bytes_of(*signature), signature->size(), bytes_of(token), dot);
  return verified == 1 ? SignatureCheck::verifies : SignatureCheck::fails;
}

}  // namespace authprobe::credential
