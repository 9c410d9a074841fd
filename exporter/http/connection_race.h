// Connections to the further addresses of a host whose first one does not answer (RFC 8305, section 5): the next one is
// tried after 250 ms, beside those before it. libcurl does so between the IP versions only; its own attempt goes on
// beside this one, and whoever connects first is used. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exporter/http/poller.h"
#include "exporter/wire/file_descriptor.h"

namespace authprobe::http {

class Transfer;

// A connection to one address, made while others did not answer.
struct RacedConnection {
  wire::FileDescriptor socket;
  std::string address;                  // "192.0.2.1" or "[2001:db8::1]"
  std::vector<std::string> unanswered;  // those tried before it, without brackets
};

// Of addresses as Resolver::Answer has them.
std::vector<std::string> each_of(std::string_view addresses);

// A socket that is connecting to "192.0.2.1" or "[2001:db8::1]"; none where the kernel refuses at once, and errno says
// why.
wire::FileDescriptor begin_to_connect(const std::string& address, std::uint16_t port);

class ConnectionRaces {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kPace{250};

  explicit ConnectionRaces(Poller& poller) : poller_(poller) {}
  ~ConnectionRaces() { clear(); }
  ConnectionRaces(const ConnectionRaces&) = delete;
  ConnectionRaces& operator=(const ConnectionRaces&) = delete;

  // libcurl begins to connect to the first of the transfer's several addresses. Until end().
  void begin(Transfer& transfer, Clock::time_point now);
  void end(Transfer& transfer);
  void clear();

  // When next_due() has one: its transfer is to go on with continue_with_next(), or has connected and is to end().
  std::optional<Clock::time_point> deadline() const;
  Transfer* next_due(Clock::time_point now) const;
  void continue_with_next(Transfer& transfer, Clock::time_point now);

  // For descriptors that the poller reports for Owner::race. The transfer whose connection stands now, if any; its race
  // is over.
  std::optional<std::pair<Transfer*, RacedConnection>> handle(int fd, Clock::time_point now);

 private:
  struct Attempt {
    wire::FileDescriptor socket;
    std::string address;
  };
  struct Race {
    std::vector<std::string> addresses;
    std::size_t next = 1;  // the first is libcurl's
    std::uint16_t port = 0;
    Clock::time_point due;
    std::vector<Attempt> attempts;
  };

  void schedule(Transfer& transfer, Race& race, Clock::time_point when);
  void stop_watching(Race& race);

  Poller& poller_;
  std::unordered_map<Transfer*, Race> races_;
  std::set<std::pair<Clock::time_point, Transfer*>> due_;
  std::unordered_map<int, Transfer*> transfer_of_;  // by the descriptor of an attempt
};

}  // namespace authprobe::http
