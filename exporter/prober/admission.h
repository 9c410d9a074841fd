// Which due probes may start now: so many in all, so many to one host, the rest wait in the order in which they came,
// and hosts take turns. Every operation takes constant time, however many wait. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace authprobe::prober {

class Admission {
 public:
  // `host_of[target]` numbers the target's host, from 0.
  Admission(int max_in_flight, int max_per_host, std::vector<std::uint32_t> host_of);

  // A target is due. It must be neither waiting nor in flight.
  void offer(std::size_t target);

  // The next target that may start; it counts as in flight until finished().
  std::optional<std::size_t> next();
  void finished(std::size_t target);

  // Counts a target as in flight that was started before this object was made (at a reload).
  void adopt(std::size_t target);

  bool waiting(std::size_t target) const { return waiting_[target]; }
  std::size_t in_flight() const { return in_flight_; }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Host {
    std::size_t in_flight = 0;
    std::uint32_t first = kNone;  // the host's waiting targets, linked through next_
    std::uint32_t last = kNone;
    bool has_turn = false;  // stands in turns_
  };
  void give_turn(std::uint32_t host);

  std::size_t max_in_flight_;
  std::size_t max_per_host_;
  std::size_t in_flight_ = 0;
  std::vector<std::uint32_t> host_of_;
  std::vector<std::uint32_t> next_;  // per target: who waits behind it for the same host
  std::vector<bool> waiting_;
  std::vector<Host> hosts_;
  std::deque<std::uint32_t> turns_;  // hosts with somebody waiting and room for one more
};

}  // namespace authprobe::prober
