// Names to addresses by c-ares, on the same epoll instance as the transfers: /etc/hosts first, then DNS. Answers are
// kept for their TTL, within a bound; equal lookups in progress are merged; failures are not kept. Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/http/poller.h"

struct ares_addrinfo;
struct ares_channeldata;

namespace authprobe::http {

class Resolver {
 public:
  using Clock = std::chrono::steady_clock;

  struct Options {
    std::chrono::milliseconds cache{30'000};  // an answer is kept at most this long
    std::vector<std::string> servers;         // "192.0.2.53" or "127.0.0.1:5353"; empty: those of resolv.conf
  };

  // Shared by all callers; it outlives the cache's entry.
  struct Answer {
    std::string addresses;  // "192.0.2.1,[2001:db8::1]", best first; empty: see `error`
    std::string error;      // c-ares's message
  };
  using AnswerPtr = std::shared_ptr<const Answer>;

  struct Resolved {
    std::uint64_t waiter;
    AnswerPtr answer;
  };

  Resolver(Poller& poller, Options options);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // The answer if it is already known; otherwise null, and next_resolved() returns it for `waiter` later. A waiter that
  // no longer needs the answer ignores it.
  AnswerPtr look_up(std::string_view host, config::IpVersion family, std::uint64_t waiter, Clock::time_point now);

  std::optional<Resolved> next_resolved();

  // For descriptors that the poller reports for Owner::resolver.
  void handle(const Poller::Event& event);

  // The time at which lookups in progress need advance(), which retries and gives up; nothing without lookups.
  std::optional<Clock::time_point> deadline() const;
  void advance(Clock::time_point now);

 private:
  struct LookUp;
  struct Kept {
    AnswerPtr answer;
    Clock::time_point until;
  };
  struct ChannelDeleter {
    void operator()(ares_channeldata* channel) const;
  };
  using Channel = std::unique_ptr<ares_channeldata, ChannelDeleter>;

  Channel make_channel();
  void follow_configuration(Clock::time_point now);
  void send(LookUp& look_up);
  void finish(LookUp& look_up, AnswerPtr answer, std::chrono::milliseconds keep);
  void keep(const std::string& key, AnswerPtr answer, Clock::time_point now, std::chrono::milliseconds how_long);
  static void on_answer(void* look_up, int status, int timeouts, ares_addrinfo* result);
  static void on_socket(void* resolver, int fd, int readable, int writable);

  Poller& poller_;
  const Options options_;
  Channel channel_;
  std::unordered_map<std::string, Kept> cache_;                        // by family and lower-case host
  std::unordered_map<std::string, std::unique_ptr<LookUp>> look_ups_;  // the same keys; c-ares holds their addresses
  std::deque<Resolved> resolved_;
  Clock::time_point now_{};  // of the current call into this class
  Clock::time_point next_advance_{};
  Clock::time_point next_configuration_check_{};
  std::int64_t configuration_stamp_ = 0;  // of resolv.conf: its time of change in nanoseconds
  const LookUp* sending_ = nullptr;       // inside ares_getaddrinfo() for it: an answer now is not from the network
  bool replacing_channel_ = false;
};

}  // namespace authprobe::http
