// The certificates that prove who a server is.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace authprobe::http {

// One certificate, as people need to know it.
struct CertificateFacts {
  std::string subject;  // "CN=api.example.com", as RFC 2253 writes it; bounded
  std::string issuer;
  std::chrono::sys_seconds begins;
  std::chrono::sys_seconds ends;
};

// A server's chain, the server's own certificate first.
struct CertificateChain {
  std::vector<CertificateFacts> certificates;
  bool verified = false;         // the trusted CAs vouch for it
  std::string fingerprint = {};  // of the server's own: SHA-256 in small hexadecimal digits
  std::string serial = {};       // likewise
  std::string dns_names = {};    // for which it is (subjectAltName), with commas between them; bounded

  // None: no certificate.
  std::optional<std::chrono::sys_seconds> first_end() const {
    const auto first = std::ranges::min_element(certificates, {}, &CertificateFacts::ends);
    return first == certificates.end() ? std::nullopt : std::optional(first->ends);
  }
  std::optional<std::chrono::sys_seconds> last_begin() const {
    const auto last = std::ranges::max_element(certificates, {}, &CertificateFacts::begins);
    return last == certificates.end() ? std::nullopt : std::optional(last->begins);
  }
};

}  // namespace authprobe::http
