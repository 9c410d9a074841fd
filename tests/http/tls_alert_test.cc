// A client certificate that a server refuses, against a real TLS server: OpenSSL's own.
#include <fstream>
#include <iterator>

#include "tests/http/certificates.h"
#include "tests/http/server_process.h"
#include "tests/http/transfers.h"
#include "tests/support/loopback_server.h"
#include "tests/support/temp_folder.h"

namespace authprobe::http_test {
namespace {

using http::CertificateRefusal;

constexpr std::uint8_t kHandshakeFailure = 40;
constexpr std::uint8_t kCertificateExpired = 45;
constexpr std::uint8_t kUnknownCa = 48;
constexpr std::uint8_t kCertificateRequired = 116;

std::string text_of_file(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// With each version of TLS ("-tls1_2"): 1.2 refuses in the handshake, 1.3 after it.
class ClientCertificateTest : public TransferTest, public testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    ca.write_certificate(folder.path("ca.pem"));
    ca.issue({}, folder.path("server.pem"), folder.path("server.key"));
  }

  // `command` has its certificates and its port beside what is said here.
  ServerProcess serving(std::vector<std::string> more) const {
    std::vector<std::string> command{"openssl", "s_server",
                                     "-quiet",  "-www",
                                     "-accept", "127.0.0.1:" + std::to_string(port),
                                     "-cert",   folder.path("server.pem"),
                                     "-key",    folder.path("server.key"),
                                     GetParam()};
    command.insert(command.end(), more.begin(), more.end());
    return ServerProcess(command, folder.path("s_server.log"), [&] { return takes_connections(port); });
  }
  ServerProcess wanting_certificates() const {
    return serving({"-CAfile", folder.path("ca.pem"), "-Verify", "1", "-verify_return_error"});
  }

  std::shared_ptr<const http::ClientIdentity> identity(const CertificateAuthority& issuer,
                                                       const CertificateOptions& options) const {
    issuer.issue(options, folder.path("client.pem"), folder.path("client.key"));
    return http::ClientIdentity::read(text_of_file(folder.path("client.pem")), text_of_file(folder.path("client.key")),
                                      "")
        .identity;
  }

  Response response_with(std::shared_ptr<const http::ClientIdentity> identity) {
    config::Connection connection;
    connection.tls.ca_file = folder.path("ca.pem");
    Request request = request_to("https://127.0.0.1:" + std::to_string(port) + "/", connection);
    request.identity = std::move(identity);
    return response_to(std::move(request));
  }

  TempFolder folder;
  CertificateAuthority ca{"authprobe test CA"};
  const std::uint16_t port = free_port();
};

INSTANTIATE_TEST_SUITE_P(Versions, ClientCertificateTest, testing::Values("-tls1_2", "-tls1_3"));

TEST_P(ClientCertificateTest, IsTakenWhereItIsGood) {
  const ServerProcess server = wanting_certificates();
  const Response response = response_with(identity(ca, {}));
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_FALSE(response.certificate_refusal);
}

TEST_P(ClientCertificateTest, HasExpired) {
  const ServerProcess server = wanting_certificates();
  for (int i = 0; i < 5; ++i) {
    const Response response = response_with(identity(ca, {.valid_from = -48h, .valid_until = -24h}));
    EXPECT_EQ(response.error, TransportError::tls);
    EXPECT_EQ(response.status, 0);
    EXPECT_EQ(response.error_detail, "the server refused our client certificate: certificate_expired");
    EXPECT_EQ(response.certificate_refusal, (CertificateRefusal{kCertificateExpired, true}));
  }
}

TEST_P(ClientCertificateTest, IsOfAnUnknownIssuer) {
  const ServerProcess server = wanting_certificates();
  EXPECT_EQ(response_with(identity(CertificateAuthority("another CA"), {})).certificate_refusal,
            (CertificateRefusal{kUnknownCa, true}));
}

TEST_P(ClientCertificateTest, IsMissing) {
  const ServerProcess server = wanting_certificates();
  const std::uint8_t alert = std::string(GetParam()) == "-tls1_3" ? kCertificateRequired : kHandshakeFailure;
  const Response response = response_with(nullptr);
  EXPECT_EQ(response.certificate_refusal, (CertificateRefusal{alert, false})) << response.error_detail;
  EXPECT_THAT(response.error_detail, HasSubstr("without a client certificate"));
}

TEST_P(ClientCertificateTest, IsNotToBlameForAServersOtherTroubles) {
  const ServerProcess server =
      serving(std::string(GetParam()) == "-tls1_3"
                  ? std::vector<std::string>{"-groups", "P-384", "-ciphersuites", "TLS_AES_128_CCM_8_SHA256"}
                  : std::vector<std::string>{"-cipher", "ECDHE-ECDSA-AES128-CCM8"});
  const Response response = response_with(identity(ca, {}));
  EXPECT_EQ(response.error, TransportError::tls) << response.error_detail;
  EXPECT_FALSE(response.certificate_refusal) << response.error_detail;
}

TEST_P(ClientCertificateTest, IsRefusedOnKeptAndResumedConnectionsToo) {
  const ServerProcess server = wanting_certificates();
  for (const auto mode : {config::ConnectionMode::reuse, config::ConnectionMode::resume}) {
    config::Connection connection;
    connection.tls.ca_file = folder.path("ca.pem");
    connection.mode = mode;
    for (int i = 0; i < 3; ++i) {
      Request request = request_to("https://127.0.0.1:" + std::to_string(port) + "/", connection);
      request.session_key = "kept";
      request.identity = identity(ca, {.valid_from = -48h, .valid_until = -24h});
      EXPECT_EQ(response_to(std::move(request)).certificate_refusal, (CertificateRefusal{kCertificateExpired, true}));
    }
  }
}

}  // namespace
}  // namespace authprobe::http_test
