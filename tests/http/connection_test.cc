// How the server is reached: kept connections and TLS sessions, proxies, IPv6, unix sockets.
#include "tests/http/certificates.h"
#include "tests/http/nginx.h"
#include "tests/http/transfers.h"
#include "tests/support/dns_server.h"
#include "tests/support/loopback_server.h"

namespace authprobe::http_test {
namespace {

using config::ConnectionMode;

config::Connection with_mode(ConnectionMode mode) {
  config::Connection connection;
  connection.mode = mode;
  return connection;
}

Request keyed(Request request, const std::string& key) {
  request.session_key = key;
  return request;
}

TEST_F(TransferTest, ReuseKeepsTheConnectionOfAKey) {
  LoopbackServer server(answer(200));
  const auto connection = with_mode(ConnectionMode::reuse);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(response_to(keyed(request_to(server.url(), connection), "a")).status, 200);
  EXPECT_EQ(server.connections(), 1U);
  const Response kept = response_to(keyed(request_to(server.url(), connection), "a"));
  EXPECT_EQ(seconds_of(kept, Phase::connect), 0);
  EXPECT_EQ(kept.address, "127.0.0.1");
  response_to(keyed(request_to(server.url(), connection), "b"));
  EXPECT_EQ(server.connections(), 2U);
  response_to(request_to(server.url(), connection));  // no key: nothing to keep it under
  response_to(request_to(server.url(), connection));
  EXPECT_EQ(server.connections(), 4U);
}

TEST_F(TransferTest, ReuseFollowsAChangeOfSettings) {
  LoopbackServer server(answer(200));
  auto connection = with_mode(ConnectionMode::reuse);
  response_to(keyed(request_to(server.url(), connection), "a"));
  connection.tls.ca_file = "/another";
  response_to(keyed(request_to(server.url(), connection), "a"));
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(TransferTest, ReuseRetriesWhenTheKeptConnectionIsDead) {
  int count = 0;
  LoopbackServer server([&](const std::string&) {
    Answer given = answer(200);
    if (++count == 1) given.then = Answer::Then::close;
    return given;
  });
  const auto connection = with_mode(ConnectionMode::reuse);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(response_to(keyed(request_to(server.url(), connection), "a")).status, 200);
    if (i == 0) {
      EXPECT_TRUE(server.wait_until_idle());
    }
  }
  EXPECT_EQ(server.connections(), 2U);
}

// RFC 9112, section 9.3.1: whoever keeps a connection has to expect that its other end gives it up.
TEST_F(TransferTest, ALostKeptConnectionIsNoFailure) {
  int requests = 0;
  LoopbackServer server([&](const std::string&) {
    return ++requests % 2 == 1 ? Answer{answer(200).bytes, Answer::Then::keep} : Answer{{}, Answer::Then::reset};
  });
  const auto connection = with_mode(ConnectionMode::reuse);
  for (int i = 0; i < 30; ++i) {
    const Response response = response_to(keyed(request_to(server.url(), connection), "a"));
    EXPECT_EQ(response.status, 200) << i << ": " << response.error_detail;
  }
  EXPECT_EQ(server.connections(), 30U);
}

TEST_F(TransferTest, AFreshConnectionThatIsLostIsTheServersFailure) {
  int requests = 0;
  LoopbackServer server([&](const std::string&) {
    return ++requests % 3 == 1 ? Answer{answer(200).bytes, Answer::Then::keep} : Answer{{}, Answer::Then::reset};
  });
  const auto connection = with_mode(ConnectionMode::reuse);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(response_to(keyed(request_to(server.url(), connection), "a")).status, 200) << i;
    const Response response = response_to(keyed(request_to(server.url(), connection), "a"));
    EXPECT_EQ(response.error, TransportError::reset) << i << ": " << response.error_detail;
  }
}

TEST_F(TransferTest, AnOverlappingTransferOfOneKeyGetsAConnectionOfItsOwn) {
  LoopbackServer server(answer(200));
  const auto connection = with_mode(ConnectionMode::reuse);
  for (std::uint64_t id = 0; id < 2; ++id) set.start(id, keyed(request_to(server.url(), connection), "a"));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(next().response.status, 200);
  EXPECT_EQ(server.connections(), 2U);
}

TEST_F(TransferTest, Ipv6) {
  LoopbackServer server(answer(200), "::1");
  DnsServer dns;
  dns.set("v6.test", {"::1"});
  http::TransferSet::Options options;
  options.dns_servers = {dns.address()};
  Transfers transfers(options);
  for (const char* host : {"[::1]", "v6.test"}) {
    const std::string authority = std::string(host) + ':' + std::to_string(server.port());
    const Response response = transfers.response_to("http://" + authority + '/');
    EXPECT_EQ(response.status, 200) << response.error_detail;
    EXPECT_EQ(response.address, "::1");
    EXPECT_THAT(server.last_request(), HasSubstr("Host: " + authority + "\r\n"));
  }
}

TEST_F(TransferTest, APlainRequestGoesToTheProxyWhole) {
  LoopbackServer proxy(answer(200, "by proxy"));
  config::Connection connection;
  connection.proxy = wire::Url("http://user:pw@127.0.0.1:" + std::to_string(proxy.port()));
  const Response response = response_to("http://unknown.test/a", connection);  // not looked up: the proxy will
  EXPECT_EQ(response.body, "by proxy");
  EXPECT_THAT(proxy.last_request(),
              testing::StartsWith("GET http://unknown.test/a HTTP/1.1\r\nHost: unknown.test\r\n"));
  EXPECT_THAT(proxy.last_request(), HasSubstr("Proxy-Authorization: Basic dXNlcjpwdw=="));
  connection.proxy = wire::Url("http://localhost:" + std::to_string(proxy.port()));
  EXPECT_EQ(response_to("http://unknown.test/a", connection).body, "by proxy");
}

TEST_F(TransferTest, AProxyThatIsNotThere) {
  config::Connection connection;
  connection.proxy = wire::Url("http://no-such-proxy.invalid:3128");
  Response response = response_to("http://127.0.0.1/", connection);
  EXPECT_EQ(response.error, TransportError::dns);
  EXPECT_THAT(response.error_detail, HasSubstr("no-such-proxy.invalid"));
  const std::uint16_t port = free_port();
  connection.proxy = wire::Url("http://user:pw-secret@localhost:" + std::to_string(port));
  response = response_to("http://127.0.0.1/", connection);
  EXPECT_EQ(response.error, TransportError::connect);
  EXPECT_EQ(response.error_detail, "connect to http://localhost:" + std::to_string(port) + ": Connection refused");
}

TEST_F(TransferTest, ProxiesOfTheEnvironmentAreNotUsed) {
  LoopbackServer server(answer(200, "direct"));
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("no_proxy", "*", 1);
  EXPECT_EQ(response_to(server.url()).body, "direct");
  LoopbackServer proxy(answer(200, "by proxy"));
  config::Connection connection;
  connection.proxy = wire::Url(proxy.url());
  EXPECT_EQ(response_to(server.url(), connection).body, "by proxy");
  unsetenv("http_proxy");
  unsetenv("no_proxy");
}

// nginx with a certificate for localhost and elsewhere.test, on TCP and on a unix socket.
class TlsConnectionTest : public TransferTest {
 protected:
  TlsConnectionTest() {
    ca.write_certificate(folder.path("ca.pem"));
    expiry = ca.issue({.names = {"DNS:localhost", "DNS:elsewhere.test", "IP:127.0.0.1"}}, folder.path("good.pem"),
                      folder.path("good.key"));
    nginx.emplace(
        folder, "ssl_certificate " + folder.path("good.pem") + "; ssl_certificate_key " + folder.path("good.key") +
                    ";\nserver { listen 127.0.0.1:" + std::to_string(port) +
                    " ssl; listen unix:" + folder.path("socket") + "; keepalive_requests 1000;" +
                    " location / { return 200 \"$ssl_session_reused $ssl_server_name $http_host $connection\"; } }\n");
  }
  config::Connection trusting(ConnectionMode mode = ConnectionMode::fresh) const {
    config::Connection connection = with_mode(mode);
    connection.tls.ca_file = folder.path("ca.pem");
    return connection;
  }
  std::string url(const std::string& host = "127.0.0.1") const {
    return "https://" + host + ':' + std::to_string(port) + '/';
  }

  TempFolder folder;
  CertificateAuthority ca{"authprobe test CA"};
  const std::uint16_t port = free_port();
  std::chrono::sys_seconds expiry;
  std::optional<Nginx> nginx;
};

TEST_F(TlsConnectionTest, ResumeTakesUpTheSessionOfItsKeyAndRemembersTheCertificate) {
  const auto connection = std::make_shared<const config::Connection>(trusting(ConnectionMode::resume));
  const auto probe = [&](const std::string& key) {
    Request request = keyed(request_to(url()), key);
    request.connection = connection;
    return response_to(std::move(request));
  };
  EXPECT_THAT(probe("a").body, testing::StartsWith(". "));
  for (int i = 0; i < 3; ++i) {
    const Response response = probe("a");
    EXPECT_THAT(response.body, testing::StartsWith("r "));
    EXPECT_EQ(response.certificate_expiry, expiry);
    EXPECT_GT(seconds_of(response, Phase::connect), 0);
  }
  EXPECT_THAT(probe("b").body, testing::StartsWith(". "));
}

TEST_F(TlsConnectionTest, ResumeWorksByTicketsOfOldTlsToo) {
  const std::uint16_t old_port = free_port();
  const TempFolder old_folder;
  Nginx old(old_folder, "server { listen 127.0.0.1:" + std::to_string(old_port) +
                            " ssl; ssl_protocols TLSv1.2; ssl_certificate " + folder.path("good.pem") +
                            "; ssl_certificate_key " + folder.path("good.key") +
                            "; location / { return 200 \"$ssl_protocol $ssl_session_reused\"; } }\n");
  const std::string there = "https://localhost:" + std::to_string(old_port) + '/';
  EXPECT_EQ(response_to(keyed(request_to(there, trusting(ConnectionMode::resume)), "a")).body, "TLSv1.2 .");
  EXPECT_EQ(response_to(keyed(request_to(there, trusting(ConnectionMode::resume)), "a")).body, "TLSv1.2 r");
}

TEST_F(TlsConnectionTest, ResumeMakesAFullHandshakeNowAndThen) {
  http::TransferSet::Options options;
  options.full_handshake_every = 0ms;
  Transfers transfers(options);
  for (int i = 0; i < 3; ++i) {
    const Response response = transfers.response_to(keyed(request_to(url(), trusting(ConnectionMode::resume)), "a"));
    EXPECT_THAT(response.body, testing::StartsWith(". "));
  }
}

TEST_F(TlsConnectionTest, AResumedSessionDoesNotOutliveItsTrust) {
  auto connection = trusting(ConnectionMode::resume);
  EXPECT_EQ(response_to(keyed(request_to(url(), connection), "a")).status, 200);
  CertificateAuthority("another CA").write_certificate(folder.path("other.pem"));
  connection.tls.ca_file = folder.path("other.pem");
  EXPECT_EQ(response_to(keyed(request_to(url(), connection), "a")).error, TransportError::tls);
}

TEST_F(TlsConnectionTest, AKeptConnectionDoesNotServeAnotherTrust) {
  EXPECT_EQ(response_to(keyed(request_to(url(), trusting(ConnectionMode::reuse)), "a")).status, 200);
  const Response kept = response_to(keyed(request_to(url(), trusting(ConnectionMode::reuse)), "a"));
  EXPECT_EQ(kept.certificate_expiry, expiry);
  EXPECT_EQ(seconds_of(kept, Phase::tls), 0);
  auto other = trusting(ConnectionMode::reuse);
  CertificateAuthority("another CA").write_certificate(folder.path("other.pem"));
  other.tls.ca_file = folder.path("other.pem");
  EXPECT_EQ(response_to(keyed(request_to(url(), other), "b")).error, TransportError::tls);
}

TEST_F(TlsConnectionTest, UnixSocket) {
  config::Connection connection;
  connection.unix_socket = folder.path("socket");
  const Response response = response_to("http://any.test/", connection);
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_THAT(response.body, HasSubstr(" any.test "));
  EXPECT_EQ(response.address, "");
  connection.unix_socket = folder.path("nowhere");
  const Response refused = response_to("http://any.test/", connection);
  EXPECT_EQ(refused.error, TransportError::connect);
  EXPECT_EQ(refused.error_detail, "connect to " + folder.path("nowhere") + ": No such file or directory");
}

TEST_F(TlsConnectionTest, AProxyConnectsWithoutSeeingTheCredential) {
  const Answer tunnel{"HTTP/1.1 200 Connected\r\nX-Proxy: yes\r\n\r\n", Answer::Then::tunnel, "", port};
  LoopbackServer proxy(tunnel);
  auto connection = trusting();
  connection.proxy = wire::Url(proxy.url());
  const auto probe = [&](const std::string& host) {
    Request request = request_to(url(host), connection);
    request.authorization.headers.emplace_back("Authorization", "Bearer secret");
    return response_to(std::move(request));
  };
  Response response = probe("elsewhere.test");
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_THAT(response.body, HasSubstr(" elsewhere.test elsewhere.test:"));
  EXPECT_EQ(header_of(response, "X-Proxy"), "");
  EXPECT_EQ(response.certificate_expiry, expiry);
  EXPECT_THAT(proxy.last_request(),
              testing::StartsWith("CONNECT elsewhere.test:" + std::to_string(port) + " HTTP/1.1\r\n"));
  EXPECT_THAT(proxy.last_request(), Not(HasSubstr("secret")));

  connection.tls.server_name = "localhost";
  response = probe("inside.test");
  EXPECT_THAT(response.body, HasSubstr(" localhost inside.test:")) << response.error_detail;
  EXPECT_THAT(proxy.last_request(),
              testing::StartsWith("CONNECT inside.test:" + std::to_string(port) + " HTTP/1.1\r\n"));
}

TEST_F(TlsConnectionTest, WhatAProxyAnswersToConnectIsTheAnswer) {
  LoopbackServer proxy(answer(407, "<title>Log in first</title>", "Proxy-Authenticate: Basic realm=\"corp\"\r\n"));
  auto connection = trusting();
  connection.proxy = wire::Url(proxy.url());
  const Response response = response_to(url("elsewhere.test"), connection);
  EXPECT_EQ(response.error, TransportError::none) << response.error_detail;
  EXPECT_EQ(response.status, 407);
  EXPECT_TRUE(response.from_proxy);
  EXPECT_EQ(header_of(response, "Proxy-Authenticate"), "Basic realm=\"corp\"");
  EXPECT_EQ(response.body, "<title>Log in first</title>");
  EXPECT_EQ(response.body_bytes, response.body.size());
  EXPECT_EQ(proxy.requests().size(), 1U);
  EXPECT_FALSE(response_to(url(), trusting()).from_proxy) << "nothing is left of it";
}

TEST_F(TlsConnectionTest, AProxysRedirectIsNotFollowed) {
  LoopbackServer portal(answer(200));
  LoopbackServer proxy(redirect(302, portal.url()));
  auto connection = trusting();
  connection.proxy = wire::Url(proxy.url());
  connection.max_redirects = 5;
  EXPECT_EQ(response_to(url("elsewhere.test"), connection).status, 302);
  EXPECT_EQ(portal.connections(), 0U);
}

TEST_F(TlsConnectionTest, AProxysAnswerThatBreaksOffIsNone) {
  for (const char* begun :
       {"HTTP/1.1 407 Proxy Authentication Required\r\nX-A: b\r\n", "HTTP/1.1 200 Connected\r\n\r\n"}) {
    LoopbackServer proxy(Answer{begun});
    auto connection = trusting();
    connection.proxy = wire::Url(proxy.url());
    const Response response = response_to(url("elsewhere.test"), connection);
    EXPECT_NE(response.error, TransportError::none) << begun;
    EXPECT_EQ(response.status, 0) << begun;
    EXPECT_FALSE(response.from_proxy);
  }
}

TEST_F(TlsConnectionTest, AKeptTunnelsAnswerIsTheServers) {
  LoopbackServer proxy(Answer{"HTTP/1.1 200 Connected\r\n\r\n", Answer::Then::tunnel, "", port});
  auto connection = trusting();
  connection.proxy = wire::Url(proxy.url());
  connection.mode = config::ConnectionMode::reuse;
  for (int i = 0; i < 3; ++i) {
    Request request = request_to(url("elsewhere.test"), connection);
    request.session_key = "kept";
    const Response response = response_to(std::move(request));
    EXPECT_EQ(response.status, 200) << response.error_detail;
    EXPECT_FALSE(response.from_proxy);
    EXPECT_THAT(response.body, HasSubstr("elsewhere.test"));
  }
  EXPECT_EQ(proxy.requests().size(), 1U);
}

}  // namespace
}  // namespace authprobe::http_test
