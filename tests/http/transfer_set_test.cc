#include "exporter/http/transfer_set.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <set>
#include <vector>

#include "tests/http/transfers.h"
#include "tests/support/loopback_server.h"

namespace authprobe::http_test {
namespace {

int threads_of_this_process() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Threads:")) return std::stoi(line.substr(8));
  }
  return 0;
}

TEST_F(TransferTest, BringsStatusHeadersAndBody) {
  LoopbackServer server(answer(401, "no entry", "WWW-Authenticate: Bearer\r\nwww-authenticate:  Basic realm=x \r\n"));
  const Response response = response_to(server.url("/a?b=c"));
  EXPECT_EQ(response.error, TransportError::none) << response.error_detail;
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.body, "no entry");
  EXPECT_EQ(response.body_bytes, 8U);
  EXPECT_EQ(response.http_version, "1.1");
  EXPECT_EQ(response.address, "127.0.0.1");
  EXPECT_EQ(response.redirects.size(), 0U);
  EXPECT_FALSE(response.certificate_expiry);
  ASSERT_EQ(response.headers.size(), 3U);
  EXPECT_EQ(response.headers[0], (std::pair<std::string, std::string>("WWW-Authenticate", "Bearer")));
  EXPECT_EQ(response.headers[1], (std::pair<std::string, std::string>("www-authenticate", "Basic realm=x")));
}

TEST_F(TransferTest, SendsWhatTheRequestSaysAndNothingSurprising) {
  LoopbackServer server(answer(200));
  Request request = request_to(server.url("/a?b=c#fragment"));
  request.headers = {{"X-Tenant", "blue"}, {"X-Empty", ""}};
  request.authorization.headers.emplace_back("Authorization", "Bearer abc");
  response_to(std::move(request));
  EXPECT_EQ(server.last_request(), "GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                                       "\r\nAccept: */*\r\nX-Tenant: blue\r\nX-Empty:\r\nAuthorization: Bearer abc\r\n"
                                       "User-Agent: authprobe/test\r\nAccept-Encoding: gzip\r\n\r\n");
}

TEST_F(TransferTest, SendsBodiesWithoutExpectationOrGuessedType) {
  LoopbackServer server(answer(200));
  Request request = request_to(server.url());
  request.method = "PUT";
  request.body = wire::Secret(std::string(2'000'000, 'x'));
  EXPECT_EQ(response_to(std::move(request)).status, 200);
  EXPECT_THAT(server.last_request(), testing::StartsWith("PUT / HTTP/1.1\r\n"));
  EXPECT_THAT(server.last_request(), HasSubstr("Content-Length: 2000000\r\n"));
  EXPECT_THAT(server.last_request(), Not(HasSubstr("Expect")));
  EXPECT_THAT(server.last_request(), Not(HasSubstr("Content-Type")));
}

TEST_F(TransferTest, KeepsNothingOfOneRequestForTheNext) {
  LoopbackServer server(answer(200));
  Request request = request_to(server.url());
  request.method = "POST";
  request.body = wire::Secret("secret=1");
  request.headers = {{"X-Mine", "1"}};
  request.authorization.headers.emplace_back("Authorization", "Bearer abc");
  request.authorization.query.emplace_back("key", wire::Secret("abc"));
  response_to(std::move(request));
  response_to(server.url("/second"));
  EXPECT_THAT(server.last_request(), testing::StartsWith("GET /second HTTP/1.1\r\n"));
  for (const char* word : {"secret", "X-Mine", "Authorization", "key", "Content-"}) {
    EXPECT_THAT(server.last_request(), Not(HasSubstr(word)));
  }
}

// One handle serves all of these in turn. Each is sent after each of the others, so that a setting which is only made
// where it differs from the last one is made both ways.
TEST_F(TransferTest, WaysToTheServerDoNotRubOff) {
  LoopbackServer server(answer(200, "direct"));
  LoopbackServer proxy(answer(200, "by proxy"));
  LoopbackServer slow(Answer{"", Answer::Then::hang});
  const auto plain = [&] {
    EXPECT_EQ(response_to(server.url("/plain")).body, "direct");
    EXPECT_THAT(server.last_request(), testing::StartsWith("GET /plain HTTP/1.1\r\n"));
  };
  const auto by_proxy = [&] {
    config::Connection connection;
    connection.proxy = wire::Url("http://127.0.0.1:" + std::to_string(proxy.port()));
    EXPECT_EQ(response_to(server.url("/proxied"), connection).body, "by proxy");
  };
  const auto elsewhere = [&] {
    config::Connection connection;
    connection.resolve = {{"api.test", 0, "127.0.0.1"}};
    const Response response = response_to("http://api.test:" + std::to_string(server.port()) + "/named", connection);
    EXPECT_EQ(response.body, "direct") << response.error_detail;
  };
  const auto parsed_before = [&] {
    for (const char* path : {"/parsed?a=1", "/parsed?b=2"}) {
      Request request = request_to(server.url(path));
      EXPECT_EQ(response_to(std::move(request)).body, "direct");
      EXPECT_THAT(server.last_request(), testing::StartsWith(std::string("GET ") + path + " HTTP/1.1\r\n"));
    }
  };
  const auto parsed_and_by_proxy = [&] {
    config::Connection connection;
    connection.proxy = wire::Url("http://127.0.0.1:" + std::to_string(proxy.port()));
    Request request = request_to("http://unknown.test/parsed", connection);
    EXPECT_EQ(response_to(std::move(request)).body, "by proxy");
    EXPECT_THAT(proxy.last_request(),
                testing::StartsWith("GET http://unknown.test/parsed HTTP/1.1\r\nHost: unknown.test\r\n"));
  };
  const auto parsed_with_key = [&] {
    Request request = request_to(server.url("/keyed"));
    request.authorization.query.emplace_back("key", wire::Secret("abc"));
    EXPECT_EQ(response_to(std::move(request)).body, "direct");
    EXPECT_THAT(server.last_request(), testing::StartsWith("GET /keyed?key=abc HTTP/1.1\r\n"));
  };
  const auto own_method = [&] {
    Request request = request_to(server.url("/method"));
    request.method = "PURGE";
    EXPECT_EQ(response_to(std::move(request)).body, "direct");
    EXPECT_THAT(server.last_request(), testing::StartsWith("PURGE /method HTTP/1.1\r\n"));
  };
  const auto old_version = [&] {
    config::Connection connection;
    connection.http_version = config::HttpVersion::http1_0;
    EXPECT_EQ(response_to(server.url("/old"), connection).body, "direct");
    EXPECT_THAT(server.last_request(), testing::StartsWith("GET /old HTTP/1.0\r\n"));
  };
  const auto short_of_time = [&] {
    Request request = request_to(slow.url());
    request.timeout = 20ms;
    EXPECT_EQ(response_to(std::move(request)).error, TransportError::timeout);
  };
  const auto with_password = [&] {
    Request request = request_to(server.url("/basic"));
    request.authorization.scheme = http::Scheme::digest;
    request.authorization.username = "user";
    request.authorization.password = wire::Secret("pass");
    EXPECT_EQ(response_to(std::move(request)).body, "direct");
  };
  const std::vector<std::function<void()>> all = {plain,         parsed_before, parsed_and_by_proxy, parsed_with_key,
                                                  by_proxy,      elsewhere,     own_method,          old_version,
                                                  short_of_time, with_password};
  for (const auto& first : all) {
    for (const auto& second : all) {
      first();
      second();
    }
    first();
    with_password();  // after which the handle is made new
    first();
  }
}

TEST_F(TransferTest, AUrlParsedBeforeSendsTheSame) {
  LoopbackServer server(answer(200));
  const std::string port = std::to_string(server.port());
  for (const std::string& url : {server.url("/a/../b/./c?x=1&y=%20z#part"), "HTTP://127.0.0.1:" + port,
                                 "http://127.0.0.1:" + port + "?q", server.url("/%7Ehome/%2f;v=1")}) {
    Request by_text = request_to(url);
    by_text.authorization.scheme = http::Scheme::digest;  // has libcurl read the text; nothing is sent unless asked
    by_text.authorization.username = "user";
    EXPECT_EQ(response_to(std::move(by_text)).status, 200);
    const std::string before = server.last_request();
    EXPECT_EQ(response_to(url).status, 200);
    EXPECT_EQ(server.last_request(), before);
    EXPECT_EQ(server.requests().size() % 2, 0U);
  }
}

// libcurl 7.88 answers a challenge at the URL that the handle's text last had.
TEST_F(TransferTest, ADigestIsAnsweredAfterAnotherServersParsedUrl) {
  LoopbackServer first(answer(200));
  LoopbackServer asking([](const std::string& request) {
    return request.find("Authorization: Digest ") != std::string::npos
               ? answer(200, "let in")
               : answer(401, "", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n");
  });
  for (int i = 0; i < 2; ++i) {
    Request plain = request_to(first.url());
    EXPECT_EQ(response_to(std::move(plain)).status, 200);
    Request request = request_to(asking.url());
    request.authorization.scheme = http::Scheme::digest;
    request.authorization.username = "user";
    request.authorization.password = wire::Secret("pass");
    EXPECT_EQ(response_to(std::move(request)).body, "let in");
  }
}

TEST_F(TransferTest, ARedirectLeavesAUrlParsedBefore) {
  LoopbackServer server([](const std::string& request) {
    return request.starts_with("GET /first ") ? redirect(302, "/second") : answer(200, "second");
  });
  config::Connection connection;
  connection.max_redirects = 1;
  Request request = request_to(server.url("/first"), connection);
  EXPECT_EQ(response_to(std::move(request)).body, "second");
}

TEST_F(TransferTest, ARecycledResponseLeavesNothingBehind) {
  LoopbackServer first(answer(401, std::string(3000, 'x'), "X-First: 1\r\nX-Also: 1\r\n"));
  LoopbackServer second(answer(200, "ok"));
  LoopbackServer none(Answer{"", Answer::Then::close});
  for (int i = 0; i < 3; ++i) {
    set.recycle(response_to(first.url()));
    Response response = response_to(second.url());
    EXPECT_EQ(response.body, "ok");
    EXPECT_EQ(response.body_bytes, 2U);
    EXPECT_EQ(response.headers.size(), 1U);  // Content-Length
    set.recycle(std::move(response));
    response = response_to(none.url());
    EXPECT_EQ(response.status, 0);
    EXPECT_TRUE(response.body.empty());
    EXPECT_TRUE(response.headers.empty());
  }
}

TEST_F(TransferTest, SendsAnEmptyPostAndHeadWithoutWaitingForABody) {
  LoopbackServer server(answer(200, "", "X-Length: none\r\n"));
  for (const char* method : {"POST", "HEAD", "DELETE", "OPTIONS"}) {
    Request request = request_to(server.url());
    request.method = method;
    EXPECT_EQ(response_to(std::move(request)).status, 200) << method;
    EXPECT_THAT(server.last_request(), testing::StartsWith(std::string(method) + " / HTTP/1.1\r\n"));
  }
  EXPECT_THAT(server.requests()[0], HasSubstr("Content-Length: 0\r\n"));
}

TEST_F(TransferTest, AddsACredentialToTheQuery) {
  LoopbackServer server(answer(200));
  Request request = request_to(server.url("/a?b=c"));
  request.authorization.query.emplace_back("api key", wire::Secret("s&cret=1"));
  response_to(std::move(request));
  EXPECT_THAT(server.last_request(), testing::StartsWith("GET /a?b=c&api%20key=s%26cret%3D1 HTTP/1.1\r\n"));
}

TEST_F(TransferTest, SkipsInterimAnswers) {
  LoopbackServer server(
      Answer{"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
             "HTTP/1.1 204 No Content\r\nX-Final: yes\r\n\r\n"});
  const Response response = response_to(server.url());
  EXPECT_EQ(response.status, 204);
  ASSERT_EQ(response.headers.size(), 1U);
  EXPECT_EQ(header_of(response, "X-Final"), "yes");
}

TEST_F(TransferTest, PassesUnusualStatusCodesOn) {
  LoopbackServer server(answer(799, "?"));
  EXPECT_EQ(response_to(server.url()).status, 799);
}

TEST_F(TransferTest, KeepsTheBeginningOfALongBody) {
  const std::string body(300'000, 'b');
  LoopbackServer server(answer(200, body));
  const Response response = response_to(server.url());
  EXPECT_EQ(response.error, TransportError::none);
  EXPECT_EQ(response.body.size(), http::kBodyKept);
  EXPECT_EQ(response.body_bytes, body.size());
}

TEST_F(TransferTest, UsesAFreshConnectionForEachRequest) {
  LoopbackServer server(answer(200));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(response_to(server.url()).status, 200);
  EXPECT_EQ(server.connections(), 3U);
  EXPECT_TRUE(server.wait_until_idle());
}

TEST_F(TransferTest, UsesAFreshConnectionAfterAPasswordToo) {  // which makes the handle new
  Answer keeping = answer(200);
  keeping.then = Answer::Then::keep;
  LoopbackServer server(keeping);
  for (int i = 0; i < 2; ++i) {
    Request request = request_to(server.url());
    request.authorization.scheme = http::Scheme::digest;
    request.authorization.username = "user";
    request.authorization.password = wire::Secret("pass");
    response_to(std::move(request));
    response_to(server.url());
    response_to(server.url());
  }
  EXPECT_EQ(server.connections(), 6U);
}

TEST_F(TransferTest, FinishesManyAtOnceUnderTheirIds) {
  LoopbackServer server(
      [](const std::string& request) { return answer(200, request.substr(4, request.find(' ', 4) - 4)); });
  for (std::uint64_t id = 0; id < 300; ++id) set.start(id, request_to(server.url('/' + std::to_string(id))));
  EXPECT_EQ(set.in_flight(), 300U);
  std::set<std::uint64_t> ids;
  for (int i = 0; i < 300; ++i) {
    const auto finished = next();
    EXPECT_EQ(finished.response.body, '/' + std::to_string(finished.id)) << finished.response.error_detail;
    ids.insert(finished.id);
  }
  EXPECT_EQ(ids.size(), 300U);
  EXPECT_EQ(set.in_flight(), 0U);
}

TEST_F(TransferTest, AThrongOfHungTransfersLeavesTheOthersAlone) {
  LoopbackServer hanging(Answer{"", Answer::Then::hang});
  LoopbackServer server(answer(200, "here"));
  for (std::uint64_t id = 1; id <= 400; ++id) set.start(id, request_to(hanging.url()));
  for (int i = 0; i < 50; ++i) {
    const Response response = response_to(server.url());
    EXPECT_EQ(response.body, "here") << response.error_detail;
    EXPECT_EQ(response.address, "127.0.0.1");
  }
  EXPECT_THAT(server.last_request(), HasSubstr("Host: 127.0.0.1:" + std::to_string(server.port())));
  EXPECT_EQ(set.in_flight(), 400U);
}

TEST_F(TransferTest, MeasuresThePhases) {
  LoopbackServer server([](const std::string&) {
    std::this_thread::sleep_for(60ms);  // the server's own time, not the test's
    return answer(200, "x");
  });
  const Response response = response_to(server.url());
  EXPECT_GE(seconds_of(response, Phase::processing), 0.05);
  EXPECT_GT(seconds_of(response, Phase::connect), 0);
  EXPECT_EQ(seconds_of(response, Phase::tls), 0);
  EXPECT_GE(response.total_seconds, 0.06);
  double sum = 0;
  for (const double phase : response.phase_seconds) sum += phase;
  EXPECT_LE(sum, response.total_seconds + 0.001);
}

TEST_F(TransferTest, StartsNoThread) {
  LoopbackServer server(answer(200));
  const int before = threads_of_this_process();
  set.start(1, request_to("http://localhost:" + std::to_string(server.port())));
  set.start(2, request_to("http://no-such-host.invalid/"));
  for (int left = 2; left > 0;) {
    EXPECT_EQ(threads_of_this_process(), before);
    set.wait(std::chrono::steady_clock::now() + 10ms);
    while (set.next_finished()) --left;
  }
}

TEST_F(TransferTest, WaitReturnsWhenAWatchedDescriptorIsReadable) {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  int woken = 0;
  set.watch(fd, [&] {
    std::uint64_t count = 0;
    if (read(fd, &count, sizeof count) > 0) ++woken;
  });
  const std::uint64_t one = 1;
  ASSERT_GT(write(fd, &one, sizeof one), 0);
  const auto before = std::chrono::steady_clock::now();
  set.wait(before + 10s);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 1s);
  EXPECT_EQ(woken, 1);
}

TEST_F(TransferTest, WaitReturnsWhenItsTimeHasCome) {
  const auto before = std::chrono::steady_clock::now();
  set.wait(before + 30ms);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 30ms);
  set.wait(before);  // in the past: only what is there already
  EXPECT_LT(std::chrono::steady_clock::now() - before, 1s);
}

TEST_F(TransferTest, CancelsAllAndGoesOn) {
  LoopbackServer hanging(Answer{"", Answer::Then::hang});
  LoopbackServer server(answer(200));
  for (std::uint64_t id = 0; id < 50; ++id) set.start(id, request_to(hanging.url()));
  set.wait(std::chrono::steady_clock::now() + 20ms);
  set.cancel_all();
  EXPECT_EQ(set.in_flight(), 0U);
  EXPECT_FALSE(set.next_finished());
  EXPECT_TRUE(hanging.wait_until_idle());
  EXPECT_EQ(response_to(server.url()).status, 200);
}

}  // namespace
}  // namespace authprobe::http_test
