#include "tests/support/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <system_error>
#include <utility>

namespace authprobe::http_test {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// The length of the first whole request in `bytes`; 0 where it is not all there.
std::size_t whole_request(const std::string& bytes) {
  const auto head_end = bytes.find("\r\n\r\n");
  if (head_end == std::string::npos) return 0;
  std::string head = bytes.substr(0, head_end + 2);
  std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return std::tolower(c); });
  std::size_t body = 0;
  if (const auto at = head.find("\r\ncontent-length:"); at != std::string::npos)
    body = std::stoul(head.substr(at + 17));
  const std::size_t length = head_end + 4 + body;
  return bytes.size() < length ? 0 : length;
}

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

}  // namespace

Answer answer(int status, const std::string& body, const std::string& header_lines) {
  return {"HTTP/1.1 " + std::to_string(status) + " Status\r\n" + header_lines +
              "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
          Answer::Then::keep, "", 0};
}

Answer redirect(int status, const std::string& location) {
  return answer(status, "", "Location: " + location + "\r\n");
}

LoopbackServer::LoopbackServer(Script script, const std::string& address, std::uint16_t port)
    : script_(std::move(script)) {
  const bool ipv6 = address.find(':') != std::string::npos;
  listener_ = socket(ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener_ < 0) fail("socket");
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_storage storage{};
  socklen_t length = ipv6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (ipv6) {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    inet_pton(AF_INET6, address.c_str(), &v6.sin6_addr);
  } else {
    auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    inet_pton(AF_INET, address.c_str(), &v4.sin_addr);
  }
  auto* generic = reinterpret_cast<sockaddr*>(&storage);
  if (bind(listener_, generic, length) != 0) fail("bind");
  if (listen(listener_, 512) != 0) fail("listen");
  getsockname(listener_, generic, &length);
  // The port is at the same place for both families.
  port_ = ntohs(reinterpret_cast<sockaddr_in&>(storage).sin_port);
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  thread_ = std::thread([this] { run(); });
}

LoopbackServer::~LoopbackServer() {
  stopping_ = true;
  const std::uint64_t one = 1;
  if (write(wake_, &one, sizeof one) < 0) std::abort();
  thread_.join();
  for (const auto& [fd, peer] : peers_) close(fd);
  close(listener_);
  close(wake_);
}

std::string LoopbackServer::url(const std::string& path) const {
  return "http://127.0.0.1:" + std::to_string(port_) + path;
}

std::vector<std::string> LoopbackServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

std::string LoopbackServer::last_request() const {
  const std::lock_guard lock(mutex_);
  return requests_.empty() ? std::string() : requests_.back();
}

bool LoopbackServer::wait_until_idle() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::seconds(5), [this] { return open_ == 0; });
}

void LoopbackServer::run() {
  while (!stopping_) {
    std::vector<pollfd> polled{{listener_, POLLIN, 0}, {wake_, POLLIN, 0}};
    bool dripping = false;
    for (const auto& [fd, peer] : peers_) {
      const bool drips = peer.answered && peer.answer.then == Answer::Then::drip;
      dripping |= drips;
      const short out = !peer.to_send.empty() && !drips ? POLLOUT : 0;
      polled.push_back({fd, static_cast<short>(POLLIN | out), 0});
    }
    poll(polled.data(), polled.size(), dripping ? 20 : -1);
    if ((polled[0].revents & POLLIN) != 0) accept_all();
    for (std::size_t i = 2; i < polled.size(); ++i) {
      const int fd = polled[i].fd;
      if ((polled[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0) on_input(fd);
      const auto peer = peers_.find(fd);
      if (peer == peers_.end()) continue;
      const bool drips = peer->second.answered && peer->second.answer.then == Answer::Then::drip;
      if (((polled[i].revents & POLLOUT) != 0 || drips) && !push(fd, peer->second)) drop(fd);
    }
  }
}

void LoopbackServer::accept_all() {
  for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
    peers_[fd];
    ++connections_;
    const std::lock_guard lock(mutex_);
    ++open_;
  }
}

void LoopbackServer::on_input(int fd) {
  const auto found = peers_.find(fd);
  if (found == peers_.end()) return;
  Peer& peer = found->second;
  char buffer[16 * 1024];
  const ssize_t length = recv(fd, buffer, sizeof buffer, 0);
  if (length < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (length <= 0) return drop(fd);
  if (peer.tunnel >= 0) {
    Peer& other = peers_.at(peer.tunnel);
    other.to_send.append(buffer, static_cast<std::size_t>(length));
    return;
  }
  peer.received.append(buffer, static_cast<std::size_t>(length));
  if (!peer.answered) serve(fd, peer);
}

void LoopbackServer::serve(int fd, Peer& peer) {
  const std::size_t length = whole_request(peer.received);
  if (length == 0) return;
  const std::string request = peer.received.substr(0, length);
  peer.received.erase(0, length);
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  peer.answer = script_(request);
  peer.to_send = peer.answer.bytes;
  if (peer.answer.then == Answer::Then::drip) peer.to_send.clear();
  if (peer.answer.then == Answer::Then::drip)
    send(fd, peer.answer.bytes.data(), peer.answer.bytes.size(), MSG_NOSIGNAL);
  peer.answered = true;
  if (!push(fd, peer)) drop(fd);
}

// Sends what the socket takes. False where the connection is over.
bool LoopbackServer::push(int fd, Peer& peer) {
  if (peer.answered && peer.answer.then == Answer::Then::drip) {
    return send(fd, peer.answer.repeated.data(), 1, MSG_NOSIGNAL) == 1 || errno == EAGAIN;
  }
  while (!peer.to_send.empty()) {
    const ssize_t sent = send(fd, peer.to_send.data(), peer.to_send.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    peer.to_send.erase(0, static_cast<std::size_t>(sent));
    if (peer.to_send.empty() && peer.answered && peer.answer.then == Answer::Then::repeat) {
      peer.to_send = peer.answer.repeated;
    }
  }
  return !peer.answered || after_sent(fd, peer);
}

bool LoopbackServer::after_sent(int fd, Peer& peer) {
  switch (peer.answer.then) {
    case Answer::Then::close: return false;
    case Answer::Then::reset: {
      const linger now{1, 0};
      setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
      return false;
    }
    case Answer::Then::keep:
      peer.answered = false;
      serve(fd, peer);
      return peers_.contains(fd);
    case Answer::Then::tunnel:
      if (peer.tunnel < 0) open_tunnel(fd, peer);
      return peer.tunnel >= 0;
    case Answer::Then::hang:
    case Answer::Then::repeat:
    case Answer::Then::drip: return true;
  }
  return false;
}

void LoopbackServer::open_tunnel(int fd, Peer& peer) {
  const int far = connect_to(peer.answer.tunnel_port);
  if (far < 0) return;
  peer.tunnel = far;
  peer.answered = false;
  Peer& end = peers_[far];
  end.tunnel = fd;
  end.is_far_end = true;
}

void LoopbackServer::drop(int fd) {
  const auto found = peers_.find(fd);
  if (found == peers_.end()) return;
  const int tunnel = found->second.tunnel;
  const bool counted = !found->second.is_far_end;
  peers_.erase(found);
  close(fd);
  if (counted) {
    const std::lock_guard lock(mutex_);
    --open_;
    changed_.notify_all();
  }
  if (tunnel >= 0) drop(tunnel);
}

}  // namespace authprobe::http_test
