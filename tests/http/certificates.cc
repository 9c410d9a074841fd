#include "tests/http/certificates.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

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

}  // namespace authprobe::http_test
