#include "tests/http/certificates.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <stdexcept>

namespace authprobe::http_test {
namespace {

std::shared_ptr<EVP_PKEY> new_key() {
  return {EVP_EC_gen("P-256"), EVP_PKEY_free};
}

std::shared_ptr<X509> new_certificate(EVP_PKEY* key, const std::string& subject, std::chrono::sys_seconds from,
                                      std::chrono::sys_seconds until) {
  static std::atomic<long> serial{1};
  std::shared_ptr<X509> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), from.time_since_epoch().count());
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), until.time_since_epoch().count());
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  return certificate;
}

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  if (extension == nullptr) throw std::runtime_error("extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

template <typename Write>
void write_pem(const std::string& path, Write write) {
  std::FILE* file = std::fopen(path.c_str(), "w");
  if (file == nullptr) throw std::runtime_error("cannot write " + path);
  write(file);
  std::fclose(file);
}

std::chrono::sys_seconds now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

}  // namespace

CertificateAuthority::CertificateAuthority(const std::string& name, std::chrono::seconds valid_until)
    : key_(new_key()), until_(now() + valid_until) {
  certificate_ = new_certificate(key_.get(), name, now() - std::chrono::hours(24 * 30), until_);
  X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
  add_extension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(certificate_.get(), key_.get(), EVP_sha256());
}

void CertificateAuthority::write_certificate(const std::string& path) const {
  write_pem(path, [this](std::FILE* file) { PEM_write_X509(file, certificate_.get()); });
}

void CertificateAuthority::cross_sign(const CertificateAuthority& other, std::chrono::seconds valid_until,
                                      const std::string& path) const {
  const std::shared_ptr<X509> certificate(X509_dup(other.certificate_.get()), X509_free);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), (now() + valid_until).time_since_epoch().count());
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  write_pem(path, [&](std::FILE* file) { PEM_write_X509(file, certificate.get()); });
}

std::chrono::sys_seconds CertificateAuthority::issue(const CertificateOptions& options,
                                                     const std::string& certificate_path,
                                                     const std::string& key_path) const {
  const auto key = new_key();
  const auto until = now() + options.valid_until;
  const auto certificate = new_certificate(key.get(), options.subject, now() + options.valid_from, until);
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
  std::string names;
  for (const std::string& name : options.names) names += (names.empty() ? "" : ",") + name;
  if (!names.empty()) add_extension(certificate.get(), NID_subject_alt_name, names);
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  write_pem(certificate_path, [&](std::FILE* file) { PEM_write_X509(file, certificate.get()); });
  write_pem(key_path,
            [&](std::FILE* file) { PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  return until;
}

void write_forged_key(const std::string& certificate_path, const std::string& path) {
  std::FILE* file = std::fopen(certificate_path.c_str(), "r");
  if (file == nullptr) throw std::runtime_error("cannot read " + certificate_path);
  const std::shared_ptr<X509> certificate(PEM_read_X509(file, nullptr, nullptr, nullptr), X509_free);
  std::fclose(file);
  std::array<unsigned char, 65> point{};  // uncompressed
  std::size_t size = 0;
  EVP_PKEY_get_octet_string_param(X509_get0_pubkey(certificate.get()), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                  point.size(), &size);
  BIGNUM* number = nullptr;
  const auto other = new_key();
  EVP_PKEY_get_bn_param(other.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number);
  const std::shared_ptr<BIGNUM> secret(number, BN_free);
  const std::shared_ptr<OSSL_PARAM_BLD> parts(OSSL_PARAM_BLD_new(), OSSL_PARAM_BLD_free);
  OSSL_PARAM_BLD_push_utf8_string(parts.get(), OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
  OSSL_PARAM_BLD_push_octet_string(parts.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), size);
  OSSL_PARAM_BLD_push_BN(parts.get(), OSSL_PKEY_PARAM_PRIV_KEY, secret.get());
  const std::shared_ptr<OSSL_PARAM> parameters(OSSL_PARAM_BLD_to_param(parts.get()), OSSL_PARAM_free);
  const std::shared_ptr<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) != 1) {
    throw std::runtime_error("no key of such parts");
  }
  const std::shared_ptr<EVP_PKEY> forged(key, EVP_PKEY_free);
  write_pem(path,
            [&](std::FILE* out) { PEM_write_PrivateKey(out, forged.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

}  // namespace authprobe::http_test
