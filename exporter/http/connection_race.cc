#include "exporter/http/connection_race.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "exporter/http/transfer.h"
#include "exporter/wire/text.h"

namespace authprobe::http {
namespace {

std::string without_brackets(const std::string& address) {
  return address.starts_with('[') ? address.substr(1, address.size() - 2) : address;
}

bool has_connected(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

}  // namespace

std::vector<std::string> each_of(std::string_view addresses) {
  std::vector<std::string> list;
  while (!addresses.empty()) list.emplace_back(wire::take_part(addresses, ','));
  return list;
}

wire::FileDescriptor begin_to_connect(const std::string& address, std::uint16_t port) {
  const std::string text = without_brackets(address);
  sockaddr_in6 six{};
  sockaddr_in four{};
  const bool is_six = address.starts_with('[');
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  if (inet_pton(is_six ? AF_INET6 : AF_INET, text.c_str(),
                is_six ? static_cast<void*>(&six.sin6_addr) : static_cast<void*>(&four.sin_addr)) != 1) {
    return {};
  }
  wire::FileDescriptor socket(::socket(is_six ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return {};
  const auto* to = is_six ? reinterpret_cast<const sockaddr*>(&six) : reinterpret_cast<const sockaddr*>(&four);
  const socklen_t size = is_six ? sizeof six : sizeof four;
  if (::connect(socket.get(), to, size) != 0 && errno != EINPROGRESS) return {};
  return socket;
}

void ConnectionRaces::begin(Transfer& transfer, Clock::time_point now) {
  Race& race = races_[&transfer];
  race.addresses = each_of(transfer.addresses());
  race.port = transfer.port();
  schedule(transfer, race, now + kPace);
}

void ConnectionRaces::schedule(Transfer& transfer, Race& race, Clock::time_point when) {
  due_.erase({race.due, &transfer});
  race.due = when;
  if (race.next < race.addresses.size()) due_.emplace(when, &transfer);
}

void ConnectionRaces::end(Transfer& transfer) {
  const auto found = races_.find(&transfer);
  if (found == races_.end()) return;
  due_.erase({found->second.due, &transfer});
  stop_watching(found->second);
  races_.erase(found);
}

void ConnectionRaces::clear() {
  for (auto& [transfer, race] : races_) stop_watching(race);
  races_.clear();
  due_.clear();
}

void ConnectionRaces::stop_watching(Race& race) {
  for (const Attempt& attempt : race.attempts) {
    poller_.set(attempt.socket.get(), Poller::Owner::race, 0);
    transfer_of_.erase(attempt.socket.get());
  }
}

std::optional<ConnectionRaces::Clock::time_point> ConnectionRaces::deadline() const {
  return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

Transfer* ConnectionRaces::next_due(Clock::time_point now) const {
  return due_.empty() || due_.begin()->first > now ? nullptr : due_.begin()->second;
}

void ConnectionRaces::continue_with_next(Transfer& transfer, Clock::time_point now) {
  Race& race = races_.at(&transfer);
  const std::string& address = race.addresses.at(race.next++);
  auto socket = begin_to_connect(address, race.port);
  schedule(transfer, race, socket ? now + kPace : now);  // after one that cannot be tried, the next one at once
  if (!socket) return;
  const int fd = socket.get();
  race.attempts.push_back({std::move(socket), address});
  transfer_of_[fd] = &transfer;
  poller_.set(fd, Poller::Owner::race, EPOLLOUT);
}

std::optional<std::pair<Transfer*, RacedConnection>> ConnectionRaces::handle(int fd, Clock::time_point now) {
  const auto owner = transfer_of_.find(fd);
  if (owner == transfer_of_.end()) return std::nullopt;
  Transfer& transfer = *owner->second;
  Race& race = races_.at(&transfer);
  const auto attempt = std::ranges::find(race.attempts, fd, [](const Attempt& one) { return one.socket.get(); });
  if (!has_connected(fd)) {
    poller_.set(fd, Poller::Owner::race, 0);
    transfer_of_.erase(owner);
    race.attempts.erase(attempt);
    schedule(transfer, race, now);
    return std::nullopt;
  }
  stop_watching(race);
  RacedConnection connection{std::move(attempt->socket), attempt->address, {}};
  for (std::size_t i = 0; i < race.next; ++i) {
    if (race.addresses[i] != connection.address) connection.unanswered.push_back(without_brackets(race.addresses[i]));
  }
  due_.erase({race.due, &transfer});
  races_.erase(&transfer);
  return std::pair(&transfer, std::move(connection));
}

}  // namespace authprobe::http
