// A host with several addresses, of which some take no connection.
#include <netinet/in.h>
#include <sys/socket.h>

#include <system_error>

#include "exporter/wire/file_descriptor.h"
#include "tests/http/transfers.h"
#include "tests/support/dns_server.h"
#include "tests/support/loopback_server.h"

namespace authprobe::http_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// An address that answers nothing, as behind a firewall that drops: the queue of who waits to be accepted is full, and
// Linux drops the packets of the next.
class DeadAddress {
 public:
  DeadAddress(std::uint32_t address, std::uint16_t port) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(address);
    const auto* place = reinterpret_cast<const sockaddr*>(&where);
    const bool listens = bind(listener_.get(), place, sizeof where) == 0 && listen(listener_.get(), /*backlog=*/0) == 0;
    if (!listens) throw std::system_error(errno, std::generic_category(), "listen");
    for (wire::FileDescriptor& waiting : waiting_) {
      waiting = wire::FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      (void)connect(waiting.get(), place, sizeof where);
    }
  }

 private:
  wire::FileDescriptor listener_;
  std::array<wire::FileDescriptor, 2> waiting_;
};

constexpr std::uint32_t loopback(int last) {
  return 0x7f000000U + static_cast<std::uint32_t>(last);
}

class SeveralAddressesTest : public testing::Test {
 protected:
  static std::string at(int last) { return "127.0.0." + std::to_string(last); }
  std::string url() const { return "http://several.test:" + std::to_string(server.port()) + "/"; }

  Response response_to(const std::vector<std::string>& addresses, config::Connection connection = {}) {
    dns.set("several.test", addresses);
    Request request = request_to(url(), std::move(connection));
    request.session_key = "me";
    request.timeout = 3s;
    return transfers.response_to(std::move(request));
  }

  DnsServer dns;
  Transfers transfers{{.dns_cache = 0ms, .dns_servers = {dns.address()}}};
  LoopbackServer server{answer(200, "there"), "127.0.0.7"};
  DeadAddress dead{loopback(5), server.port()};
  DeadAddress dead_too{loopback(6), server.port()};
};

TEST_F(SeveralAddressesTest, ADeadFirstOneIsOvertakenByTheNext) {
  const Response response = response_to({at(5), at(7)});
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_EQ(response.body, "there");
  EXPECT_EQ(response.address, at(7));
  EXPECT_THAT(response.other_addresses, ElementsAre(at(5)));
  EXPECT_THAT(response.unanswered_addresses, ElementsAre(at(5)));
  EXPECT_GE(seconds_of(response, Phase::connect), 0.25) << "the wait for the dead one is in it";
  EXPECT_LT(response.total_seconds, 1.5);
  EXPECT_LE(seconds_of(response, Phase::connect), response.total_seconds);
}

TEST_F(SeveralAddressesTest, SeveralDeadOnesAreOvertakenOneByOne) {
  const Response response = response_to({at(5), at(6), at(7)});
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_THAT(response.unanswered_addresses, ElementsAre(at(5), at(6)));
  EXPECT_GE(seconds_of(response, Phase::connect), 0.5);
}

TEST_F(SeveralAddressesTest, OneThatRefusesCostsNoTime) {
  const Response response = response_to({at(4), at(7)});
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_THAT(response.unanswered_addresses, IsEmpty());
  const Response later = response_to({at(5), at(4), at(7)});
  EXPECT_EQ(later.status, 200) << later.error_detail;
  EXPECT_LT(seconds_of(later, Phase::connect), 0.5);
}

TEST_F(SeveralAddressesTest, AllDeadOnesEndWithTheTimeout) {
  const Response response = response_to({at(5), at(6)});
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(response.error, TransportError::timeout);
  EXPECT_GE(response.total_seconds, 2.9);
}

TEST_F(SeveralAddressesTest, TheFirstOneThatAnswersIsTheOnlyOneThatIsAsked) {
  const Response response = response_to({at(7), at(5)});
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_THAT(response.unanswered_addresses, IsEmpty());
  EXPECT_LT(seconds_of(response, Phase::connect), 0.25);
}

TEST_F(SeveralAddressesTest, WhatWasConnectedIsKept) {
  config::Connection connection;
  connection.mode = config::ConnectionMode::reuse;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(response_to({at(5), at(7)}, connection).status, 200);
  EXPECT_EQ(server.connections(), 1U);
}

TEST_F(SeveralAddressesTest, AProxyHasThemToo) {
  config::Connection connection;
  connection.proxy = wire::Url("http://several.test:" + std::to_string(server.port()));
  dns.set("several.test", {at(5), at(7)});
  Request request = request_to("http://api.test/", connection);
  request.timeout = 3s;
  const Response response = transfers.response_to(std::move(request));
  EXPECT_EQ(response.status, 200) << response.error_detail;
  EXPECT_THAT(response.unanswered_addresses, ElementsAre(at(5)));
}

}  // namespace
}  // namespace authprobe::http_test
