// Messages over TCP, each after four bytes with its length, as a KDC has them.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "exporter/wire/file_descriptor.h"
#include "tests/http/transfers.h"

namespace authprobe::http_test {
namespace {

using namespace std::string_view_literals;

// Takes one connection, reads a whole message, and sends these pieces, each by itself.
class MessageServer {
 public:
  explicit MessageServer(std::vector<std::string> pieces, const char* address = "127.0.0.1")
      : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    inet_pton(AF_INET, address, &at.sin_addr);
    socklen_t size = sizeof at;
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<sockaddr*>(&at), size), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
    EXPECT_EQ(getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&at), &size), 0);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this, pieces = std::move(pieces)] { serve(pieces); });
  }
  ~MessageServer() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  MessageServer(const MessageServer&) = delete;
  MessageServer& operator=(const MessageServer&) = delete;

  std::uint16_t port() const { return port_; }

  // What came, once the exchange is over.
  const std::string& received() {
    shutdown(listener_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    thread_ = std::thread([] {});
    return received_;
  }

 private:
  void serve(const std::vector<std::string>& pieces) {
    const wire::FileDescriptor peer(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!peer) return;
    char buffer[4096];
    const ssize_t count = recv(peer.get(), buffer, sizeof buffer, 0);
    if (count > 0) received_.assign(buffer, static_cast<std::size_t>(count));
    for (const std::string& piece : pieces) {
      if (send(peer.get(), piece.data(), piece.size(), MSG_NOSIGNAL) < 0) return;
    }
    while (pieces.empty() && recv(peer.get(), buffer, sizeof buffer, 0) > 0)
      continue;  // silent until the other end goes
  }

  wire::FileDescriptor listener_;
  std::uint16_t port_ = 0;
  std::string received_;
  std::thread thread_;
};

Request message_to(std::uint16_t port, const std::string& host = "127.0.0.1", config::Connection connection = {}) {
  Request request = request_to("http://" + host + ':' + std::to_string(port) + '/', std::move(connection));
  request.is_message = true;
  request.body = wire::Secret("question");
  return request;
}

class MessageTest : public TransferTest {};

TEST_F(MessageTest, HasItsLengthInFrontBothWays) {
  MessageServer server({std::string("\0\0"sv),
                        std::string("\0\x06"
                                    "ans"sv),
                        "werXX"});
  const Response response = response_to(message_to(server.port()));
  EXPECT_EQ(response.error, TransportError::none) << response.error_detail;
  EXPECT_EQ(response.body, "answer") << "nothing of what follows";
  EXPECT_EQ(response.status, 0);
  EXPECT_EQ(server.received(), "\0\0\0\x08question"sv);
}

TEST_F(MessageTest, MayHaveAnEmptyAnswer) {
  MessageServer server({std::string("\0\0\0\0"sv)});
  const Response response = response_to(message_to(server.port()));
  EXPECT_EQ(response.error, TransportError::none) << response.error_detail;
  EXPECT_EQ(response.body, "");
}

TEST_F(MessageTest, IsLateWhereNobodyAnswers) {
  MessageServer server({});
  Request request = message_to(server.port());
  request.timeout = 100ms;
  const Response response = response_to(std::move(request));
  EXPECT_EQ(response.error, TransportError::timeout);
  EXPECT_EQ(response.error_detail, "no complete answer within 100 ms");
  EXPECT_EQ(set.in_flight(), 0U);
}

TEST_F(MessageTest, NamesTheServerThatCannotBeReached) {
  std::uint16_t port = 0;
  { port = MessageServer({}).port(); }
  const Response response = response_to(message_to(port));
  EXPECT_EQ(response.error, TransportError::connect);
  EXPECT_EQ(response.error_detail, "connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");
}

TEST_F(MessageTest, GoesWhereTheConnectionSays) {
  MessageServer server({std::string("\0\0\0\x01y"sv)}, "127.0.0.2");
  config::Connection connection;
  connection.resolve = {{"kdc.test", server.port(), "127.0.0.2"}};
  EXPECT_EQ(response_to(message_to(server.port(), "kdc.test", connection)).body, "y");
}

TEST_F(MessageTest, IsRefusedWhereTheAnswerIsTooLong) {
  MessageServer server({"HTTP/1.1 400 Bad Request\r\n"});
  EXPECT_EQ(response_to(message_to(server.port())).error, TransportError::too_large);
}

TEST_F(MessageTest, IsIncompleteWhereTheConnectionEnds) {
  MessageServer server({std::string("\0\0\0\x09halfway"sv)});
  const Response response = response_to(message_to(server.port()));
  EXPECT_EQ(response.error, TransportError::reset);
  EXPECT_EQ(response.error_detail, "127.0.0.1:" + std::to_string(server.port()) + ": the connection ended early");
}

TEST_F(MessageTest, GoesThroughNoProxy) {
  MessageServer server({std::string("\0\0\0\x01y"sv)});
  config::Connection connection;
  connection.proxy = wire::Url("http://127.0.0.1:1/");
  EXPECT_EQ(response_to(message_to(server.port(), "127.0.0.1", connection)).body, "y");
}

TEST_F(MessageTest, IsLetGo) {
  MessageServer server({});
  set.start(1, message_to(server.port()));
  set.wait(std::chrono::steady_clock::now() + 20ms);
  EXPECT_EQ(set.in_flight(), 1U);
  set.cancel_all();
  EXPECT_EQ(set.in_flight(), 0U);
}

}  // namespace
}  // namespace authprobe::http_test
