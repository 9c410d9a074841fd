#include "exporter/credential/assertion.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "exporter/wire/encoding.h"
#include "exporter/wire/owned.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

using SigningKey = wire::Owned<EVP_PKEY, EVP_PKEY_free>;
using Bytes = std::vector<unsigned char>;

constexpr std::size_t kP256Part = 32;

SigningKey read_key(std::string_view pem) {
  const wire::Owned<BIO, BIO_free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  // Without a callback that says there is no password OpenSSL would ask for one on the terminal.
  const auto no_password = [](char*, int, int, void*) { return -1; };
  return SigningKey(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr));
}

bool is_p256(EVP_PKEY* key) {
  char group[64] = {};
  std::size_t length = 0;
  return EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group, &length) == 1 &&
         std::string_view(group, length) == "prime256v1";
}

// "RS256" or "ES256"; empty for any other key.
std::string_view algorithm_of(EVP_PKEY* key) {
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) return "RS256";
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && is_p256(key) ? "ES256" : "";
}

// JWS has an ECDSA signature as two numbers of 32 bytes (RFC 7518, section 3.4), OpenSSL as DER.
std::optional<Bytes> raw_signature(const Bytes& der) {
  const unsigned char* at = der.data();
  const wire::Owned<ECDSA_SIG, ECDSA_SIG_free> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!signature) return std::nullopt;
  Bytes raw(2 * kP256Part);
  BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), raw.data(), kP256Part);
  BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), raw.data() + kP256Part, kP256Part);
  return raw;
}

std::optional<Bytes> signature_of(EVP_PKEY* key, std::string_view text) {
  const wire::Owned<EVP_MD_CTX, EVP_MD_CTX_free> context(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t length = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1) return std::nullopt;
  if (EVP_DigestSign(context.get(), nullptr, &length, bytes, text.size()) != 1) return std::nullopt;
  Bytes signature(length);
  if (EVP_DigestSign(context.get(), signature.data(), &length, bytes, text.size()) != 1) return std::nullopt;
  signature.resize(length);
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ? raw_signature(signature) : signature;
}

std::int64_t seconds_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

std::string digest_of(const EVP_MD* algorithm, const Bytes& bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest, &length, algorithm, nullptr);
  return wire::base64url({reinterpret_cast<const char*>(digest), length});
}

// False if `pem` has no certificate.
bool add_thumbprints(std::string_view pem, nlohmann::json& header) {
  const wire::Owned<BIO, BIO_free> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const wire::Owned<X509, X509_free> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!certificate) return false;
  Bytes der(static_cast<std::size_t>(i2d_X509(certificate.get(), nullptr)));
  unsigned char* at = der.data();
  i2d_X509(certificate.get(), &at);
  header["x5t"] = digest_of(EVP_sha1(), der);
  header["x5t#S256"] = digest_of(EVP_sha256(), der);
  return true;
}

// Header and claims, as they are signed; empty if the certificate cannot be read.
std::string unsigned_text(const Assertion& assertion, const std::string& algorithm) {
  nlohmann::json header{{"alg", algorithm}, {"typ", "JWT"}};
  if (!assertion.key_id.empty()) header["kid"] = assertion.key_id;
  if (!assertion.certificate.empty() && !add_thumbprints(assertion.certificate, header)) return "";
  nlohmann::json claims{{"iat", seconds_of(assertion.now)}, {"exp", seconds_of(assertion.now + assertion.life)}};
  const auto add = [&claims](const char* name, const std::string& value) {
    if (!value.empty()) claims[name] = value;
  };
  add("iss", assertion.issuer);
  add("sub", assertion.subject);
  add("aud", assertion.audience);
  add("jti", assertion.id);
  add("scope", assertion.scope);
  for (const auto& [name, value] : assertion.claims) claims[name] = nlohmann::json::parse(value, nullptr, false);
  return wire::base64url(header.dump()) + '.' + wire::base64url(claims.dump());
}

}  // namespace

SignedAssertion sign(const Assertion& assertion, std::string_view pem) {
  const SigningKey key = read_key(pem);
  if (!key) return {"", "the signing key is not a private key in PEM without a password"};
  const std::string algorithm(algorithm_of(key.get()));
  if (algorithm.empty()) return {"", "the signing key is neither an RSA key nor one on P-256"};
  std::string text = unsigned_text(assertion, algorithm);
  if (text.empty()) return {"", "the signing certificate is not a certificate in PEM"};
  const auto signature = signature_of(key.get(), text);
  if (!signature) return {"", "the signing key cannot sign"};
  text += '.' + wire::base64url({reinterpret_cast<const char*>(signature->data()), signature->size()});
  return {std::move(text), ""};
}

SignedAssertion sign_with_secret(const Assertion& assertion, std::string_view secret) {
  std::string text = unsigned_text(assertion, "HS256");
  unsigned char code[EVP_MAX_MD_SIZE];
  unsigned int length = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), code, &length);
  text += '.' + wire::base64url({reinterpret_cast<const char*>(code), length});
  return {std::move(text), ""};
}

SignedAssertion sign(const config::SignedJwt& jwt, std::string_view key, WallTime now) {
  Assertion claims{.issuer = jwt.issuer,
                   .subject = jwt.subject,
                   .audience = jwt.audience,
                   .key_id = jwt.key_id,
                   .id = "",
                   .scope = ""};
  claims.claims = jwt.claims;
  claims.life = std::chrono::duration_cast<std::chrono::seconds>(jwt.lifetime);
  claims.now = now;
  const bool is_pem = wire::trimmed(key).starts_with("-----BEGIN ");
  return is_pem ? sign(claims, key) : sign_with_secret(claims, wire::trimmed(key));
}

}  // namespace authprobe::credential
