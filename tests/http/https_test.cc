// TLS against a real nginx: whom we trust, which name is shown, and what the certificates say.
#include <fstream>
#include <iterator>

#include "exporter/http/client_identity.h"
#include "tests/http/https_servers.h"
#include "tests/support/loopback_server.h"

namespace authprobe::http_test {
namespace {

std::string contents_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(HttpsTest, TrustsItsCaAndTellsWhenTheChainEnds) {
  const auto expiry = issue("good");
  Nginx nginx(folder, server(port, "good"));
  const Response response = response_to(url(port, "localhost"), trusting());
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_EQ(response.http_version, "2");
  EXPECT_EQ(response.certificate_expiry, expiry);
  EXPECT_THAT(response.body, testing::StartsWith("TLSv1.3 . localhost localhost:"));
  EXPECT_GT(seconds_of(response, Phase::tls), 0);
}

TEST_F(HttpsTest, RefusesAnUnknownIssuerButTellsItsExpiry) {
  const auto expiry = issue("good");
  Nginx nginx(folder, server(port, "good"));
  CertificateAuthority("another CA").write_certificate(folder.path("other.pem"));
  config::Connection connection;
  connection.tls.ca_file = folder.path("other.pem");
  const Response response = refused(port, connection);
  EXPECT_THAT(response.error_detail, HasSubstr("unable to get local issuer certificate"));
  EXPECT_EQ(response.certificate_expiry, expiry);
  EXPECT_THAT(refused(port, {}).error_detail, HasSubstr("issuer"));  // the system's store does not know it either
}

TEST_F(HttpsTest, StoresOfDifferentTargetsDoNotMix) {
  issue("good");
  Nginx nginx(folder, server(port, "good"));
  CertificateAuthority("another CA").write_certificate(folder.path("other.pem"));
  config::Connection other;
  other.tls.ca_file = folder.path("other.pem");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(response_to(url(port), trusting()).status, 200);
    refused(port, other);
  }
}

TEST_F(HttpsTest, RefusesAnExpiredCertificateButTellsItsExpiry) {
  const auto expiry = issue("old", {.valid_from = -48h, .valid_until = -24h});
  Nginx nginx(folder, server(port, "old"));
  const Response response = refused(port, trusting());
  EXPECT_THAT(response.error_detail, HasSubstr("certificate has expired"));
  EXPECT_EQ(response.certificate_expiry, expiry);
}

// As after the ends of AddTrust's and DST's roots: the server still shows the new root as signed by the old one.
TEST_F(HttpsTest, AnExpiredCertificateThatNobodyNeedsDoesNotCount) {
  const auto expiry = issue("good");
  CertificateAuthority old_root("an old CA");
  old_root.cross_sign(ca, -24h, folder.path("cross.pem"));
  folder.write("good.pem", contents_of(folder.path("good.pem")) + contents_of(folder.path("cross.pem")));
  Nginx nginx(folder, server(port, "good"));
  Response response = response_to(url(port), trusting());
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_EQ(response.certificate_expiry, expiry);
  config::Connection unverified;
  unverified.tls.verify = false;
  EXPECT_LT(response_to(url(port), unverified).certificate_expiry, expiry) << "all that is shown";
  old_root.write_certificate(folder.path("old.pem"));
  config::Connection trusting_the_old;
  trusting_the_old.tls.ca_file = folder.path("old.pem");
  response = refused(port, trusting_the_old);
  EXPECT_THAT(response.error_detail, HasSubstr("expired"));
  EXPECT_LT(response.certificate_expiry, expiry) << "here it is needed";
}

TEST_F(HttpsTest, ARootThatEndsFirstEndsTheChain) {
  const CertificateAuthority brief("a brief CA", 3600s);
  brief.issue({}, folder.path("good.pem"), folder.path("good.key"));
  brief.write_certificate(folder.path("ca.pem"));
  Nginx nginx(folder, server(port, "good"));
  const Response response = response_to(url(port), trusting());
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_EQ(response.certificate_expiry, brief.until());
}

TEST_F(HttpsTest, RefusesAnotherHostsCertificate) {
  issue("elsewhere", {.subject = "elsewhere.test", .names = {"DNS:elsewhere.test"}});
  Nginx nginx(folder, server(port, "elsewhere"));
  const Response response = refused(port, trusting());
  EXPECT_THAT(response.error_detail, HasSubstr("no alternative certificate subject name matches target "));
  EXPECT_THAT(response.error_detail, HasSubstr("'127.0.0.1'"));
  EXPECT_TRUE(response.certificate_expiry);
}

TEST_F(HttpsTest, VerifiesAndShowsTheServerNameInPlaceOfTheHost) {
  issue("elsewhere", {.subject = "elsewhere.test", .names = {"DNS:elsewhere.test"}});
  Nginx nginx(folder, server(port, "elsewhere"));
  config::Connection connection = trusting();
  connection.tls.server_name = "elsewhere.test";
  Response response = response_to(url(port), connection);
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_THAT(response.body, HasSubstr(" elsewhere.test 127.0.0.1:" + std::to_string(port)));
  EXPECT_EQ(response.address, "127.0.0.1");
  connection.http_version = config::HttpVersion::http1_1;
  response = response_to(url(port, "localhost"), connection);
  EXPECT_THAT(response.body, HasSubstr(" elsewhere.test localhost:" + std::to_string(port)));
  EXPECT_EQ(response.http_version, "1.1");
  connection.tls.server_name = "third.test";
  EXPECT_THAT(refused(port, connection).error_detail, HasSubstr("third.test"));
}

TEST_F(HttpsTest, VerificationMayBeOff) {
  const auto expiry = issue("old", {.subject = "x", .names = {"DNS:x"}, .valid_from = -48h, .valid_until = -24h});
  Nginx nginx(folder, server(port, "old"));
  config::Connection connection;
  connection.tls.verify = false;
  connection.tls.ca_file = "/nonexistent";
  const Response response = response_to(url(port), connection);
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_EQ(response.certificate_expiry, expiry);
}

TEST_F(HttpsTest, FollowsAChangeOfTheCaFile) {
  issue("good");
  Nginx nginx(folder, server(port, "good"));
  config::Connection connection;
  connection.tls.ca_file = folder.path("rotating.pem");
  EXPECT_THAT(refused(port, connection).error_detail, HasSubstr("rotating.pem: cannot be read: No such file"));
  folder.write("rotating.pem", "no certificate");
  const auto late = std::chrono::steady_clock::now() + 10s;
  const auto detail_has = [&](const std::string& word) {
    return response_to(url(port), connection).error_detail.find(word) != std::string::npos;
  };
  while (!detail_has("no PEM certificate") && std::chrono::steady_clock::now() < late) set.wait(late - 9900ms);
  ca.write_certificate(folder.path("rotating.pem"));
  Response response;
  do {
    response = response_to(url(port), connection);
  } while (response.status != 200 && std::chrono::steady_clock::now() < late);
  EXPECT_EQ(response.status, 200) << response.error_detail;
}

TEST_F(HttpsTest, PresentsAClientCertificate) {
  issue("good");
  ca.issue({.subject = "probe"}, folder.path("client.pem"), folder.path("client.key"));
  Nginx nginx(folder,
              server(port, "good", "ssl_client_certificate " + folder.path("ca.pem") + "; ssl_verify_client on;"));
  config::Connection connection = trusting();
  EXPECT_EQ(response_to(url(port), connection).status, 400);  // nginx's "No required SSL certificate was sent"
  connection.tls.certificate_file = folder.path("client.pem");
  connection.tls.private_key_file = folder.path("client.key");
  EXPECT_THAT(response_to(url(port), connection).body, testing::EndsWith(" SUCCESS"));
  connection.tls.private_key_file = folder.path("good.key");
  refused(port, connection);
  connection.tls.certificate_file = folder.path("nowhere.pem");
  refused(port, connection);
}

TEST_F(HttpsTest, ShowsTheCredentialsCertificateToItsOriginOnly) {
  issue("good");
  ca.issue({.subject = "probe"}, folder.path("client.pem"), folder.path("client.key"));
  const std::uint16_t elsewhere = free_port();
  const std::string verify = "ssl_client_certificate " + folder.path("ca.pem") + "; ssl_verify_client optional;";
  Nginx nginx(folder,
              server(port, "good",
                     verify + " location /away { return 302 https://127.0.0.1:" + std::to_string(elsewhere) + "/; }") +
                  server(elsewhere, "good", verify));
  const auto read =
      http::ClientIdentity::read(contents_of(folder.path("client.pem")), contents_of(folder.path("client.key")), "");
  ASSERT_EQ(read.problem, "");
  const auto request_with_identity = [&](const std::string& path, config::Connection connection) {
    Request request = request_to("https://127.0.0.1:" + std::to_string(port) + path, std::move(connection));
    request.identity = read.identity;
    return request;
  };
  EXPECT_THAT(response_to(request_with_identity("/", trusting())).body, testing::EndsWith(" SUCCESS"));
  EXPECT_THAT(response_to(url(port), trusting()).body, testing::EndsWith(" NONE")) << "nothing is left of it";
  config::Connection following = trusting();
  following.max_redirects = 1;
  const Response response = response_to(request_with_identity("/away", following));
  EXPECT_EQ(response.redirects.size(), 1U);
  EXPECT_THAT(response.body, testing::EndsWith(" NONE"));
}

TEST_F(HttpsTest, HoldsToTheMinimalVersion) {
  issue("good");
  Nginx nginx(folder, server(port, "good", "ssl_protocols TLSv1.2;"));
  config::Connection connection = trusting();
  EXPECT_THAT(response_to(url(port), connection).body, testing::StartsWith("TLSv1.2 "));
  connection.tls.min_version = config::TlsVersion::tls1_3;
  refused(port, connection);
}

TEST_F(HttpsTest, SpeaksOldVersionsWhereTheyAreAskedFor) {
  issue("good");
  Nginx nginx(folder, server(port, "good", "ssl_protocols TLSv1 TLSv1.1; ssl_ciphers DEFAULT:@SECLEVEL=0;"));
  config::Connection connection = trusting();
  refused(port, connection);
  connection.tls.min_version = config::TlsVersion::tls1_0;
  EXPECT_THAT(response_to(url(port), connection).body, testing::StartsWith("TLSv1.1 "));
}

TEST_F(HttpsTest, AFreshConnectionIsAFullHandshake) {
  issue("good");
  Nginx nginx(folder, server(port, "good", "ssl_protocols TLSv1.2; ssl_session_cache shared:sessions:1m;"));
  for (int i = 0; i < 3; ++i) EXPECT_THAT(response_to(url(port), trusting()).body, testing::StartsWith("TLSv1.2 . "));
}

TEST_F(HttpsTest, PlainHttpOnATlsPortAndTheOtherWayRound) {
  issue("good");
  Nginx nginx(folder, server(port, "good"));
  EXPECT_EQ(response_to("http://127.0.0.1:" + std::to_string(port) + "/").status, 400);
  LoopbackServer plain(Answer{"HTTP/1.1 400 Bad Request\r\n\r\n"});
  Transfers brief;
  Request request = request_to(url(plain.port()), trusting());
  request.timeout = 300ms;  // the server waits for a request that never comes whole
  const Response response = brief.response_to(std::move(request));
  EXPECT_EQ(response.error, TransportError::timeout);
  EXPECT_NEAR(seconds_of(response, Phase::tls), 0.3, 0.1);
}

}  // namespace
}  // namespace authprobe::http_test
