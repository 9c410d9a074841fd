// Redirects, and above all: who gets to see the credential.
#include "tests/http/transfers.h"
#include "tests/support/dns_server.h"
#include "tests/support/loopback_server.h"

namespace authprobe::http_test {
namespace {

config::Connection following(int max_redirects = 5) {
  config::Connection connection;
  connection.max_redirects = max_redirects;
  return connection;
}

// A request with every kind of credential on it.
Request secret_request(const std::string& url, int max_redirects = 5) {
  Request request = request_to(url, following(max_redirects));
  request.headers = {{"Accept", "text/plain"}, {"X-Tenant-Key", "header-secret"}, {"Host", "virtual.example"}};
  request.authorization.headers.emplace_back("Authorization", "Bearer bearer-secret");
  request.authorization.headers.emplace_back("Cookie", "id=cookie-secret");
  request.authorization.query.emplace_back("api_key", wire::Secret("query-secret"));
  return request;
}

TEST_F(TransferTest, ARedirectIsTheAnswerUnlessFollowingIsAskedFor) {
  LoopbackServer server(redirect(302, "/login"));
  const Response response = response_to(server.url());
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.redirects.size(), 0U);
  EXPECT_EQ(header_of(response, "Location"), "/login");
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(TransferTest, SameOriginRedirectKeepsTheCredential) {
  LoopbackServer server([](const std::string& request) {
    return request.starts_with("GET /final?") ? answer(200, "there") : redirect(302, "/final");
  });
  const Response response = response_to(secret_request(server.url("/first")));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "there");
  EXPECT_EQ(response.redirects.size(), 1U);
  EXPECT_THAT(server.last_request(), testing::StartsWith("GET /final?api_key=query-secret HTTP/1.1\r\n"));
  EXPECT_THAT(server.last_request(), HasSubstr("Authorization: Bearer bearer-secret"));
  EXPECT_THAT(server.last_request(), HasSubstr("Cookie: id=cookie-secret"));
  EXPECT_THAT(server.last_request(), HasSubstr("Host: virtual.example"));
}

// The whole path of a request without its version, as the server saw it.
std::string target_of(const std::string& request) {
  const auto begin = request.find(' ') + 1;
  return request.substr(begin, request.find(' ', begin) - begin);
}

Request request_with_path_secret(const std::string& url) {
  Request request = request_to(url, following());
  request.authorization.path = wire::Secret("11:AA/b?c");
  return request;
}

TEST_F(TransferTest, ASecretInThePathIsEncodedForOneSegmentAndGoesOnWithinItsOrigin) {
  LoopbackServer server([](const std::string& request) {
    return request.starts_with("GET /bot11:AA%2Fb%3Fc/me?x={key}") ? redirect(302, "you") : answer(200);
  });
  const Response response = response_to(request_with_path_secret(server.url("/bot{key}/me?x={key}")));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(target_of(server.last_request()), "/bot11:AA%2Fb%3Fc/you");
  ASSERT_EQ(response.redirects.size(), 1U);
  EXPECT_EQ(response.redirects[0].to, server.url("/bot{key}/you"));
}

TEST_F(TransferTest, ASecretInThePathStaysAtItsOriginHoweverTheServerWritesIt) {
  LoopbackServer elsewhere(answer(200, "elsewhere"));
  for (const char* copied :
       {"/bot11:AA%2Fb%3Fc/me", "/bot11%3aAA%2fb%3fc/me", "/login?next=%2Fbot11%3AAA%252Fb%253Fc"}) {
    LoopbackServer server([&](const std::string&) { return redirect(307, elsewhere.url(copied)); });
    const Response response = response_to(request_with_path_secret(server.url("/bot{key}/me")));
    EXPECT_EQ(response.status, 307) << copied;
  }
  EXPECT_THAT(elsewhere.requests(), testing::IsEmpty()) << "it would carry the secret";
  LoopbackServer server([&](const std::string&) { return redirect(307, elsewhere.url("/bot{key}/me")); });
  EXPECT_EQ(response_to(request_with_path_secret(server.url("/bot{key}/me"))).body, "elsewhere");
  EXPECT_EQ(target_of(elsewhere.last_request()), "/bot{key}/me");
}

TEST_F(TransferTest, AnotherOriginGetsNoSecretEvenIfTheServerHandsItOn) {
  LoopbackServer elsewhere(answer(200, "elsewhere"));
  LoopbackServer server([&](const std::string& request) {
    const auto query = request.substr(request.find('?'), request.find(" HTTP") - request.find('?'));
    return redirect(307, elsewhere.url("/landing") + query + "&x=1");
  });
  const Response response = response_to(secret_request(server.url("/first")));
  EXPECT_THAT(server.last_request(), HasSubstr("query-secret"));
  EXPECT_EQ(response.body, "elsewhere");
  EXPECT_THAT(elsewhere.last_request(), testing::StartsWith("GET /landing?x=1 HTTP/1.1\r\n"));
  EXPECT_THAT(elsewhere.last_request(), Not(HasSubstr("secret")));
  EXPECT_THAT(elsewhere.last_request(), Not(HasSubstr("virtual.example")));
  EXPECT_THAT(elsewhere.last_request(), HasSubstr("Accept: text/plain"));
}

TEST_F(TransferTest, TheWayBackFromAnotherOriginIsWithoutCredential) {
  std::string home;
  LoopbackServer elsewhere([&](const std::string&) { return redirect(302, home); });
  LoopbackServer server([&](const std::string& request) {
    return request.starts_with("GET /home") ? answer(200) : redirect(302, elsewhere.url());
  });
  home = server.url("/home");
  const Response response = response_to(secret_request(server.url("/first")));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.redirects.size(), 2U);
  EXPECT_THAT(server.last_request(), Not(HasSubstr("secret")));
}

TEST_F(TransferTest, SaysWhereRedirectsLedAndWhoWasSentTheCredential) {
  LoopbackServer elsewhere(answer(401));
  LoopbackServer server([&](const std::string& request) {
    return request.starts_with("GET /first") ? redirect(302, "/second?key=1")
                                             : redirect(301, elsewhere.url("/third?k=2"));
  });
  Response response = response_to(secret_request(server.url("/first")));
  ASSERT_EQ(response.redirects.size(), 2U);
  EXPECT_EQ(response.redirects[0].status, 302);
  EXPECT_EQ(response.redirects[0].to, server.url("/second"));
  EXPECT_TRUE(response.redirects[0].with_credential);
  EXPECT_EQ(response.redirects[1].status, 301);
  EXPECT_EQ(response.redirects[1].to, elsewhere.url("/third"));
  EXPECT_FALSE(response.redirects[1].with_credential);
  EXPECT_TRUE(response.left_origin());
}

// The control that asks them sends the credential along.
TEST_F(TransferTest, TheAddressesOfAnotherOriginAreNoneOfTheTargets) {
  LoopbackServer elsewhere(answer(401));
  DnsServer dns;
  dns.set("elsewhere.test", {"127.0.0.1", "127.0.0.9"});
  Transfers transfers({.dns_servers = {dns.address()}});
  LoopbackServer server(redirect(302, "http://elsewhere.test:" + std::to_string(elsewhere.port()) + "/"));
  const Response response = transfers.response_to(secret_request(server.url("/first")));
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.address, "127.0.0.1");
  EXPECT_THAT(response.other_addresses, testing::IsEmpty());
}

TEST_F(TransferTest, CookiesOfOneHopAreSentWithTheNext) {
  LoopbackServer server([](const std::string& request) {
    if (request.find("seen=1") != std::string::npos) return answer(200, "seen");
    return answer(302, "", "Location: /same\r\nSet-Cookie: seen=1; Path=/\r\nSet-Cookie: id=mallory; Path=/\r\n");
  });
  Response response = response_to(request_to(server.url("/same"), following()));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.redirects.size(), 1U);
  EXPECT_THAT(server.last_request(), HasSubstr("Cookie: seen=1; id=mallory\r\n"));
  response = response_to(secret_request(server.url("/same")));
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(server.last_request(), HasSubstr("Cookie: id=cookie-secret; seen=1\r\n")) << "what is tested stays";
  (void)response_to(server.url("/other"));
  EXPECT_THAT(server.last_request(), Not(HasSubstr("seen=1"))) << "they end with their request";
}

TEST_F(TransferTest, CookiesDoNotCrossOrigins) {
  LoopbackServer elsewhere(
      [](const std::string&) { return answer(302, "", "Location: /again\r\nSet-Cookie: theirs=1; Path=/\r\n"); });
  LoopbackServer server([&](const std::string&) {
    return answer(302, "", "Location: " + elsewhere.url("/first") + "\r\nSet-Cookie: ours=1; Path=/\r\n");
  });
  EXPECT_EQ(response_to(request_to(server.url(), following(2))).status, 302);
  EXPECT_EQ(elsewhere.requests().size(), 2U);
  EXPECT_THAT(elsewhere.last_request(), Not(HasSubstr("Cookie:")));
}

TEST_F(TransferTest, UserInfoOfTheUrlStaysAtItsOrigin) {
  LoopbackServer elsewhere(answer(200));
  LoopbackServer server([&](const std::string& request) {
    if (request.starts_with("GET /first")) return redirect(302, "/second");
    return redirect(302, "http://mallory:pw@127.0.0.1:" + std::to_string(elsewhere.port()) + "/third");
  });
  response_to("http://alice:secret@127.0.0.1:" + std::to_string(server.port()) + "/first", following());
  ASSERT_EQ(server.requests().size(), 2U);
  for (const std::string& request : server.requests()) {
    EXPECT_THAT(request, HasSubstr("Authorization: Basic YWxpY2U6c2VjcmV0"));
  }
  EXPECT_THAT(elsewhere.last_request(), testing::StartsWith("GET /third"));
  EXPECT_THAT(elsewhere.last_request(), Not(HasSubstr("Authorization")));
}

TEST_F(TransferTest, SeeOtherAndOldRedirectsOfAPostBecomeGet) {
  for (const int status : {301, 302, 303}) {
    LoopbackServer server([&](const std::string& request) {
      return request.starts_with("GET /final") ? answer(200) : redirect(status, "/final");
    });
    Request request = request_to(server.url("/first"), following());
    request.method = "POST";
    request.body = wire::Secret("a=b");
    request.headers = {{"Content-Type", "text/plain"}};
    EXPECT_EQ(response_to(std::move(request)).status, 200) << status;
    EXPECT_THAT(server.last_request(), Not(HasSubstr("Content-"))) << status;
  }
}

TEST_F(TransferTest, TemporaryRedirectRepeatsMethodAndBodyAtTheSameOriginOnly) {
  LoopbackServer elsewhere(answer(200));
  LoopbackServer server([&](const std::string& request) {
    if (request.starts_with("PUT /first")) return redirect(308, "/second");
    return redirect(307, elsewhere.url());
  });
  Request request = request_to(server.url("/first"), following());
  request.method = "PUT";
  request.body = wire::Secret("password=secret");
  const Response response = response_to(std::move(request));
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_THAT(server.last_request(), testing::EndsWith("\r\n\r\npassword=secret"));
  EXPECT_EQ(response.status, 307);  // the body is not for the other one: this redirect is the answer
  EXPECT_EQ(response.redirects.size(), 1U);
  EXPECT_EQ(response.error, TransportError::none);
  EXPECT_EQ(elsewhere.connections(), 0U);
}

TEST_F(TransferTest, StopsAfterAsManyRedirectsAsAllowed) {
  LoopbackServer server(redirect(302, "/again"));
  const Response response = response_to(server.url(), following(3));
  EXPECT_EQ(response.status, 302);
  EXPECT_EQ(response.redirects.size(), 3U);
  EXPECT_EQ(server.requests().size(), 4U);
}

TEST_F(TransferTest, RedirectsToNoHttpUrlAreAnError) {
  for (const char* location : {"ftp://127.0.0.1/", "file:///etc/passwd", "http://", "gopher://x", "http://a@b@c/"}) {
    LoopbackServer server(redirect(302, location));
    const Response response = response_to(server.url(), following());
    EXPECT_EQ(response.error, TransportError::protocol) << location;
    EXPECT_EQ(response.status, 302) << location;
  }
}

TEST_F(TransferTest, ARedirectWithoutLocationIsTheAnswer) {
  LoopbackServer server(answer(301, "moved"));
  const Response response = response_to(server.url(), following());
  EXPECT_EQ(response.status, 301);
  EXPECT_EQ(response.body, "moved");
}

TEST_F(TransferTest, TheTimeoutIsOfAllHopsAndPhasesAddUp) {
  LoopbackServer server([](const std::string&) {
    std::this_thread::sleep_for(60ms);  // the server's own time
    return redirect(302, "/again");
  });
  Request request = request_to(server.url(), following(100));
  request.timeout = 250ms;
  const Response response = response_to(std::move(request));
  EXPECT_EQ(response.error, TransportError::timeout);
  EXPECT_NEAR(response.total_seconds, 0.25, 0.1);
  EXPECT_NEAR(seconds_of(response, Phase::processing), 0.25, 0.1);
  EXPECT_GE(response.redirects.size(), 2U);
}

}  // namespace
}  // namespace authprobe::http_test
