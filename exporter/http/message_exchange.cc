#include "exporter/http/message_exchange.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "exporter/http/connection_race.h"

namespace authprobe::http {
namespace {

constexpr std::size_t kHead = 4;  // bytes: the length, its first byte first

wire::Secret with_length(std::string_view message) {
  wire::Secret whole;
  for (int shift = 24; shift >= 0; shift -= 8) {
    whole.push_back(static_cast<char>(static_cast<unsigned char>(message.size() >> static_cast<unsigned>(shift))));
  }
  whole.append(message);
  return whole;
}

// Of the answer that begins so; only with its head.
std::size_t length_in(std::string_view incoming) {
  std::size_t length = 0;
  for (const char byte : incoming.substr(0, kHead)) length = (length << 8U) | static_cast<unsigned char>(byte);
  return length;
}

Failure cannot_connect(const std::string& server, int error) {
  return {TransportError::connect, "connect to " + server + ": " + std::generic_category().message(error)};
}

bool must_wait(int error) {
  return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

}  // namespace

std::optional<Failure> MessageExchanges::begin(Transfer& transfer, std::string_view addresses) {
  Exchange exchange;
  exchange.transfer = &transfer;
  exchange.server = transfer.server();
  exchange.outgoing = with_length(transfer.message());
  exchange.addresses = each_of(addresses);
  errno = EADDRNOTAVAIL;
  return connect(std::move(exchange));
}

// To the next address that the kernel tries at all. The failure of the last one, where there is none.
std::optional<Failure> MessageExchanges::connect(Exchange exchange) {
  while (exchange.next < exchange.addresses.size()) {
    exchange.socket = begin_to_connect(exchange.addresses[exchange.next++], exchange.transfer->port());
    if (!exchange.socket) continue;
    const int fd = exchange.socket.get();
    if (!poller_.set(fd, Poller::Owner::message, EPOLLOUT)) continue;
    deadlines_.emplace(exchange.transfer->deadline(), fd);
    exchanges_.emplace(fd, std::move(exchange));
    return std::nullopt;
  }
  return cannot_connect(exchange.server, errno);
}

MessageExchanges::Exchange MessageExchanges::take(int fd) {
  Exchange exchange = std::move(exchanges_.extract(fd).mapped());
  deadlines_.erase({exchange.transfer->deadline(), fd});
  poller_.set(fd, Poller::Owner::message, 0);
  exchange.socket.reset();
  return exchange;
}

std::optional<MessageExchanges::Ended> MessageExchanges::handle(const Poller::Event& event) {
  const auto found = exchanges_.find(event.fd);
  if (found == exchanges_.end()) return std::nullopt;
  Exchange& exchange = found->second;
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(event.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0 && exchange.sent == 0) {
    Exchange unconnected = take(event.fd);
    Transfer* const transfer = unconnected.transfer;
    errno = error;
    auto failure = connect(std::move(unconnected));
    return failure ? std::optional(Ended{transfer, {}, std::move(failure)}) : std::nullopt;
  }
  const bool sends = exchange.sent < exchange.outgoing.size();
  std::optional<Failure> failure = sends ? send(exchange) : receive(exchange);
  const bool is_whole =
      exchange.incoming.size() >= kHead && exchange.incoming.size() - kHead >= length_in(exchange.incoming);
  if (!failure && !is_whole) return std::nullopt;
  Exchange over = take(event.fd);
  std::string answer = failure ? "" : over.incoming.substr(kHead, length_in(over.incoming));
  return Ended{over.transfer, std::move(answer), std::move(failure)};
}

std::optional<Failure> MessageExchanges::send(Exchange& exchange) {
  const std::string_view rest = exchange.outgoing.reveal().substr(exchange.sent);
  const ssize_t count = ::send(exchange.socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
  if (count < 0) {
    if (must_wait(errno)) return std::nullopt;
    return Failure{TransportError::reset, exchange.server + ": " + std::generic_category().message(errno)};
  }
  exchange.sent += static_cast<std::size_t>(count);
  if (exchange.sent == exchange.outgoing.size()) {
    poller_.set(exchange.socket.get(), Poller::Owner::message, EPOLLIN);
  }
  return std::nullopt;
}

std::optional<Failure> MessageExchanges::receive(Exchange& exchange) {
  std::array<char, 16UL * 1024> buffer{};
  const ssize_t count = recv(exchange.socket.get(), buffer.data(), buffer.size(), 0);
  if (count < 0 && must_wait(errno)) return std::nullopt;
  if (count <= 0) {
    const std::string why = count < 0 ? std::generic_category().message(errno) : "the connection ended early";
    return Failure{TransportError::reset, exchange.server + ": " + why};
  }
  exchange.incoming.append(buffer.data(), static_cast<std::size_t>(count));
  if (exchange.incoming.size() >= kHead && length_in(exchange.incoming) > kLongest) {
    return Failure{TransportError::too_large, exchange.server + ": the answer is longer than 256 KiB"};
  }
  return std::nullopt;
}

std::optional<MessageExchanges::Clock::time_point> MessageExchanges::deadline() const {
  return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
}

Transfer* MessageExchanges::next_late(Clock::time_point now) {
  if (deadlines_.empty() || deadlines_.begin()->first > now) return nullptr;
  return take(deadlines_.begin()->second).transfer;
}

void MessageExchanges::clear() {
  for (const auto& [fd, exchange] : exchanges_) poller_.set(fd, Poller::Owner::message, 0);
  exchanges_.clear();
  deadlines_.clear();
}

}  // namespace authprobe::http
