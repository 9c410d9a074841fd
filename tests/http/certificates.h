// Certificates made for one test: a private CA, and what it signs.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace authprobe::http_test {

struct CertificateOptions {
  std::string subject = "localhost";
  std::vector<std::string> names{"DNS:localhost", "IP:127.0.0.1", "IP:::1"};
  std::chrono::seconds valid_from{-3600};  // relative to now
  std::chrono::seconds valid_until{86400};
};

// A CA that lives in memory; files are written where asked.
class CertificateAuthority {
 public:
  explicit CertificateAuthority(const std::string& name,
                                std::chrono::seconds valid_until = std::chrono::hours(24 * 365));

  void write_certificate(const std::string& path) const;
  std::chrono::sys_seconds until() const { return until_; }  // its own notAfter
  // Writes the certificate of another CA's name and key, signed by this one.
  void cross_sign(const CertificateAuthority& other, std::chrono::seconds valid_until, const std::string& path) const;
  // Writes a new key and its certificate, signed by this CA. Returns its notAfter.
  std::chrono::sys_seconds issue(const CertificateOptions& options, const std::string& certificate_path,
                                 const std::string& key_path) const;

 private:
  std::shared_ptr<EVP_PKEY> key_;
  std::chrono::sys_seconds until_;
  std::shared_ptr<X509> certificate_;
};

// Writes a private key that claims to belong to the certificate in a file and does not: it has the certificate's public
// part, and another private one.
void write_forged_key(const std::string& certificate_path, const std::string& path);

}  // namespace authprobe::http_test
