// Which due probes may start now: so many in all, so many to one host, so many of one scoped include, the rest wait in
// the order in which they came, and hosts take turns. An operation takes a time that does not depend on how many wait.
// Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace authprobe::prober {

class Admission {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  struct Scopes {
    std::vector<int> most;          // probes in flight, by scope
    std::vector<std::uint32_t> of;  // by target; kNone: no scope; empty: of no target
  };

  // `host_of[target]` numbers the target's host, from 0. Where a host has targets of a scope and others, those of the
  // scope have a share of the host's probes only.
  Admission(int max_in_flight, int max_per_host, std::vector<std::uint32_t> host_of, const Scopes& scopes = {});

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
  // What has a bound, and the lanes that wait for it.
  struct Bounded {
    std::size_t most = 0;
    std::size_t in_flight = 0;
    std::deque<std::uint32_t> blocked;
    bool is_full() const { return in_flight >= most; }
  };

  // The targets of one scope, or of none, at one host.
  struct Lane {
    std::uint32_t host = 0;
    std::uint32_t scope = 0;
    std::size_t most = 0;
    std::size_t in_flight = 0;
    std::uint32_t first = kNone;  // the lane's waiting targets, linked through next_
    std::uint32_t last = kNone;
    bool stands = false;  // in turns_ or among the blocked
  };
  void make_lanes(const std::vector<std::uint32_t>& host_of, const Scopes& scopes);
  void count(std::size_t target, int by);
  void stand(std::uint32_t lane);
  void wake_next(Bounded& bounded);
  bool is_blocked(std::uint32_t lane);
  std::size_t take_first(Lane& lane);

  std::size_t max_in_flight_;
  std::size_t in_flight_ = 0;
  std::vector<std::uint32_t> lane_of_;
  std::vector<std::uint32_t> next_;  // per target: who waits behind it in the same lane
  std::vector<bool> waiting_;
  std::vector<Lane> lanes_;
  std::vector<Bounded> hosts_;
  std::vector<Bounded> scopes_;      // the last one, without a bound, is of all targets without a scope
  std::deque<std::uint32_t> turns_;  // lanes with somebody waiting, none of them known to be blocked
};

}  // namespace authprobe::prober
