// The share of the loop's time that the answers to the targets of one scoped include may take. Whoever writes its files
// chooses what is searched in an answer, and may have the server that gives it. Pure.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

#include "exporter/prober/slot_clock.h"

namespace authprobe::prober {

class ScopeTime {
 public:
  // A tenth of the loop's time for each; all of them together have half of it at most.
  explicit ScopeTime(std::size_t scopes = 0) : paid_until_(scopes), times_(std::max<std::size_t>(10, 2 * scopes)) {}

  // So many seconds' share may be taken in one go.
  static constexpr std::chrono::seconds kAhead{1};

  bool has_some(std::size_t scope, SlotTime now) const { return paid_until_[scope] <= now + kAhead; }

  void take(std::size_t scope, std::chrono::nanoseconds used, SlotTime now) {
    const auto pays = std::chrono::ceil<SlotClock::duration>(used * times_);
    paid_until_[scope] = std::max(paid_until_[scope], now) + pays;
  }

 private:
  std::vector<SlotTime> paid_until_;  // the time until which the share is used up
  std::size_t times_;
};

}  // namespace authprobe::prober
