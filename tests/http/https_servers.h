// Tests of TLS: a private CA, servers of nginx with its certificates, and connections that trust it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "tests/http/certificates.h"
#include "tests/http/nginx.h"
#include "tests/http/transfers.h"
#include "tests/support/temp_folder.h"

namespace authprobe::http_test {

class HttpsTest : public TransferTest {
 protected:
  // A server block of nginx that listens on a port with the certificate called `name`.
  std::string server(std::uint16_t listening, const std::string& name, const std::string& more = "") const {
    return "server { listen 127.0.0.1:" + std::to_string(listening) + " ssl http2; ssl_certificate " +
           folder.path(name) + ".pem; ssl_certificate_key " + folder.path(name) + ".key; " + more +
           " location / { return 200 \"$ssl_protocol $ssl_session_reused $ssl_server_name $http_host "
           "$ssl_client_verify\"; } }\n";
  }
  std::chrono::sys_seconds issue(const std::string& name, const CertificateOptions& options = {}) const {
    return ca.issue(options, folder.path(name + ".pem"), folder.path(name + ".key"));
  }
  config::Connection trusting() const {
    config::Connection connection;
    connection.tls.ca_file = folder.path("ca.pem");
    return connection;
  }
  std::string url(std::uint16_t at, const std::string& host = "127.0.0.1") const {
    return "https://" + host + ':' + std::to_string(at) + "/?token=secret";
  }
  Response refused(std::uint16_t at, config::Connection connection) {
    Response response = response_to(url(at), std::move(connection));
    EXPECT_EQ(response.error, TransportError::tls) << response.error_detail;
    EXPECT_EQ(response.status, 0);
    EXPECT_THAT(response.error_detail, Not(HasSubstr("secret")));
    return response;
  }

  void SetUp() override { ca.write_certificate(folder.path("ca.pem")); }

  TempFolder folder;
  CertificateAuthority ca{"authprobe test CA"};
  const std::uint16_t port = free_port();
};

}  // namespace authprobe::http_test
