// The server's side of TLS: certificate, key, and what is asked of clients. GnuTLS, on which libmicrohttpd stands.
#pragma once

#include <gnutls/gnutls.h>

#include <string>
#include <vector>

#include "exporter/web/web_settings.h"
#include "exporter/wire/owned.h"

namespace authprobe::web {

class TlsCredentials {
 public:
  // Throws std::runtime_error that names the key and the rule: "key_file: does not belong to the certificate".
  explicit TlsCredentials(const TlsServer& settings);

  // Makes a new connection's session use them. They have to outlive it.
  void apply(gnutls_session_t session) const;

 private:
  static int verify_client(gnutls_session_t session);
  bool admits(gnutls_session_t session) const;

  ClientAuth client_auth_;
  std::vector<std::string> allowed_names_;
  wire::Owned<gnutls_certificate_credentials_st, gnutls_certificate_free_credentials> credentials_;
  wire::Owned<gnutls_priority_st, gnutls_priority_deinit> priority_;
};

// What GnuTLS is told of versions, cipher suites and curves. Throws std::runtime_error where a suite is not known, or
// where the suites cannot be offered without another one: GnuTLS combines key exchanges and ciphers freely.
std::string priority_string(const TlsServer& settings);

}  // namespace authprobe::web
