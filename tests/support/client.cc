#include "tests/support/client.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

namespace authprobe::web {
namespace {

constexpr int kPatienceMilliseconds = 20'000;  // a hanging server fails a test, it does not hang it

int connect_to(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(0, colon);
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  if (host == "::") host = "::1";
  if (host == "0.0.0.0") host = "127.0.0.1";
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found) != 0) {
    throw std::runtime_error("no address: " + address);
  }
  const int descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int result = connect(descriptor, found->ai_addr, found->ai_addrlen);
  freeaddrinfo(found);
  if (result == 0) return descriptor;
  ::close(descriptor);
  throw std::runtime_error("cannot connect to " + address);
}

}  // namespace

Client::Client(const std::string& address) : descriptor_(connect_to(address)) {}
Client::~Client() {
  close();
}

void Client::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

Client& Client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) break;  // the server has closed; answer() tells
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return *this;
}

bool Client::receive() {
  pollfd waiting{descriptor_, POLLIN, 0};
  if (poll(&waiting, 1, kPatienceMilliseconds) != 1) throw std::runtime_error("no byte from the server");
  char buffer[65536];
  const ssize_t size = recv(descriptor_, buffer, sizeof buffer, 0);
  if (size <= 0) return false;
  received_.append(buffer, static_cast<std::size_t>(size));
  return true;
}

std::string Client::Answer::header(std::string_view name) const {
  const std::size_t at = headers.find("\r\n" + std::string(name) + ": ");
  if (at == std::string::npos) return "";
  const std::size_t start = at + name.size() + 4;
  return headers.substr(start, headers.find("\r\n", start) - start);
}

Client::Answer Client::answer(bool to_head) {
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive()) return {};
  }
  Answer answer{.status = std::atoi(received_.c_str() + 9), .headers = received_.substr(0, end + 2), .body = {}};
  received_.erase(0, end + 4);
  const std::size_t length = to_head ? 0 : std::strtoull(answer.header("Content-Length").c_str(), nullptr, 10);
  while (received_.size() < length && receive()) continue;
  answer.body = received_.substr(0, length);
  received_.erase(0, length);
  return answer;
}

bool Client::closed_within(std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd waiting{descriptor_, POLLIN, 0};
    if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) != 1) return false;
    char buffer[4096];
    if (recv(descriptor_, buffer, sizeof buffer, 0) <= 0) return true;
  }
}

void Client::limit_receive_buffer(int bytes) {
  setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

std::size_t Client::read_some(std::size_t at_most) {
  std::string buffer(at_most, '\0');
  const ssize_t size = recv(descriptor_, buffer.data(), buffer.size(), 0);
  return size < 0 ? 0 : static_cast<std::size_t>(size);
}

Client::Answer get(const std::string& address, const std::string& path, const std::string& headers) {
  return request(address, "GET", path, headers);
}

Client::Answer request(const std::string& address, const std::string& method, const std::string& path,
                       const std::string& headers, const std::string& body) {
  Client client(address);
  const std::string length = body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
  client.send(method + " " + path + " HTTP/1.1\r\nHost: test\r\n" + length + headers + "\r\n" + body);
  return client.answer(method == "HEAD");
}

}  // namespace authprobe::web
