// A server's TLS alert about the client certificate: it may arrive in the handshake (TLS 1.2), or instead of the answer
// (TLS 1.3), where it would look like a broken connection.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <optional>
#include <string>

#include "exporter/http/response.h"

namespace authprobe::http {

// Records the alerts of one connection's handshakes about the client certificate. The connection's SSL_CTX shares the
// record, since a kept connection outlives the transfer that made it.
class CertificateDialogue {
 public:
  // Makes the handshakes of `context` record their alerts in the result.
  static std::shared_ptr<const CertificateDialogue> watch(SSL_CTX* context);

  std::optional<CertificateRefusal> refusal() const;

 private:
  static void on_info(const SSL* ssl, int where, int what);
  static int on_request(SSL* ssl, void* dialogue);

  int alert_ = -1;  // the last alert that may be about a certificate; -1: none
  bool requested_ = false;
  bool shown_ = false;
};

// "the server refused our client certificate: certificate_expired"
std::string describe(const CertificateRefusal& refusal);

}  // namespace authprobe::http
