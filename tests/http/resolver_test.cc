// Names: found in the loop, kept for their time, asked for once, and never a reason to wait for another transfer.
#include "tests/http/transfers.h"
#include "tests/support/dns_server.h"
#include "tests/support/loopback_server.h"

namespace authprobe::http_test {
namespace {

class ResolverTest : public testing::Test {
 protected:
  http::TransferSet::Options options(std::chrono::milliseconds cache = 30s) const {
    http::TransferSet::Options chosen;
    chosen.dns_cache = cache;
    chosen.dns_servers = {dns.address()};
    return chosen;
  }
  std::string url(const std::string& host) const {
    return "http://" + host + ':' + std::to_string(server.port()) + '/';
  }

  DnsServer dns;
  LoopbackServer server{answer(200, "here")};
};

TEST_F(ResolverTest, FindsAName) {
  dns.set("api.test", {"127.0.0.1"});
  Transfers transfers(options());
  const Response response = transfers.response_to(url("API.test"));
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_EQ(response.address, "127.0.0.1");
  EXPECT_GT(seconds_of(response, Phase::resolve), 0);
  EXPECT_THAT(server.last_request(), HasSubstr("Host: API.test:"));
}

TEST_F(ResolverTest, AsksNobodyForLocalhost) {
  Transfers transfers(options());
  for (const char* host : {"localhost", "api.LOCALHOST"}) {
    EXPECT_EQ(transfers.response_to(url(host)).status, 200) << host;
    EXPECT_EQ(dns.questions(host), 0) << host;
  }
  EXPECT_NE(transfers.response_to(url("notlocalhost")).error, TransportError::none);
  EXPECT_GT(dns.questions("notlocalhost"), 0);
}

TEST_F(ResolverTest, KeepsAnAnswerForItsTime) {
  dns.set("kept.test", {"127.0.0.1"});
  dns.set("brief.test", {"127.0.0.1"}, 0);
  Transfers transfers(options());
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(transfers.response_to(url("kept.test")).status, 200);
    EXPECT_EQ(transfers.response_to(url("brief.test")).status, 200);
  }
  EXPECT_EQ(dns.questions("kept.test"), 2);  // A and AAAA, once
  EXPECT_EQ(dns.questions("brief.test"), 6);
}

TEST_F(ResolverTest, KeepsNothingLongerThanTheBound) {
  dns.set("kept.test", {"127.0.0.1"});
  Transfers transfers(options(0ms));
  for (int i = 0; i < 2; ++i) EXPECT_EQ(transfers.response_to(url("kept.test")).status, 200);
  EXPECT_EQ(dns.questions("kept.test"), 4);
}

TEST_F(ResolverTest, AsksOnceForEqualLookUps) {
  dns.set("shared.test", {"127.0.0.1"});
  Transfers transfers(options());
  for (std::uint64_t id = 0; id < 20; ++id) transfers.set.start(id, request_to(url("shared.test")));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(transfers.next().response.status, 200);
  EXPECT_EQ(dns.questions("shared.test"), 2);
}

TEST_F(ResolverTest, FailuresAreTellingAndNotKept) {
  Transfers transfers(options());
  const Response response = transfers.response_to(url("late.test"));
  EXPECT_EQ(response.error, TransportError::dns);
  EXPECT_EQ(response.error_detail, "lookup of late.test: Domain name not found");
  dns.set("late.test", {"127.0.0.1"});
  EXPECT_EQ(transfers.response_to(url("late.test")).status, 200);
}

TEST_F(ResolverTest, AsksForTheIpVersionWanted) {
  dns.set("v4.test", {"127.0.0.1"});
  Transfers transfers(options());
  config::Connection connection;
  connection.ip_version = config::IpVersion::v6;
  EXPECT_EQ(transfers.response_to(url("v4.test"), connection).error, TransportError::dns);
  EXPECT_EQ(dns.questions("v4.test"), 1);
  EXPECT_EQ(transfers.response_to(url("127.0.0.1"), connection).error, TransportError::dns);
  connection.ip_version = config::IpVersion::v4;
  EXPECT_EQ(transfers.response_to(url("v4.test"), connection).status, 200);
}

TEST_F(ResolverTest, TriesTheOtherAddressesOfAHost) {
  dns.set("two.test", {"127.0.0.9", "127.0.0.1"});  // nobody listens on the first
  Transfers transfers(options());
  const Response response = transfers.response_to(url("two.test"));
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_EQ(response.address, "127.0.0.1");
}

TEST_F(ResolverTest, OverridesComeFirstAndMayDifferForOneHost) {
  LoopbackServer other(answer(200, "other"), "127.0.0.2", server.port());
  Transfers transfers(options());
  config::Connection to_here;
  to_here.resolve = {{"api.test", 0, "127.0.0.1"}};
  config::Connection to_other;
  to_other.resolve = {{"elsewhere.test", 0, "127.0.0.9"}, {"API.test", server.port(), "127.0.0.2"}};
  for (std::uint64_t id = 0; id < 20; ++id)
    transfers.set.start(id, request_to(url("api.test"), id % 2 ? to_here : to_other));
  for (int i = 0; i < 20; ++i) {
    const auto finished = transfers.next();
    EXPECT_EQ(finished.response.body, finished.id % 2 ? "here" : "other") << finished.response.error_detail;
  }
  EXPECT_EQ(dns.questions("api.test"), 0);
}

TEST_F(ResolverTest, ADeadServerCostsOnlyItsOwnTransfers) {
  dns.answer(false);
  Transfers transfers(options());
  for (std::uint64_t id = 100; id < 300; ++id) {
    Request request = request_to(url("n" + std::to_string(id) + ".test"));
    request.timeout = 300ms;
    transfers.set.start(id, std::move(request));
  }
  int answered = 0;
  int late = 0;
  std::chrono::steady_clock::duration longest{};
  transfers.set.start(1, request_to(server.url()));
  while (transfers.set.in_flight() > 0) {
    const auto before = std::chrono::steady_clock::now();
    const auto until = before + 5ms;
    transfers.set.wait(until);
    longest = std::max(longest, std::chrono::steady_clock::now() - until);
    while (const http::Finished* finished = transfers.set.next_finished()) {
      if (finished->id == 1) {
        EXPECT_EQ(finished->response.status, 200);
        EXPECT_EQ(late, 0);
        ++answered;
      } else {
        EXPECT_EQ(finished->response.error, TransportError::timeout);
        EXPECT_GE(seconds_of(finished->response, Phase::resolve), 0.29);
        ++late;
      }
    }
  }
  EXPECT_EQ(answered, 1);
  EXPECT_EQ(late, 200);
  EXPECT_LT(longest,
            1s);  // far more than is promised, as a busy machine may hold us itself; a blocked look-up takes longer
}

TEST_F(ResolverTest, FindsWhatTheHostsFileSays) {
  Transfers transfers(options());
  const Response response = transfers.response_to(url("localhost"));
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_EQ(dns.questions("localhost"), 0);
}

}  // namespace
}  // namespace authprobe::http_test
