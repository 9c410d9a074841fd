// How often work that others cause may be done: what changes all the time takes a bounded part of a thread.
#pragma once

#include <algorithm>
#include <chrono>

namespace authprobe::commands {

class Pace {
 public:
  using Clock = std::chrono::steady_clock;

  // `least` is how long to wait after each work that began.
  explicit Pace(Clock::duration least) : least_(least) {}

  bool is_due(Clock::time_point now) const { return now >= next_; }

  // Work that took until `end` waits for nine times as long before it is due again: a tenth of the time is its own.
  void done(Clock::time_point begin, Clock::time_point end) {
    constexpr int kTimesAsLong = 9;
    next_ = std::max(begin + least_, end + kTimesAsLong * (end - begin));
  }

 private:
  const Clock::duration least_;
  Clock::time_point next_ = Clock::time_point::min();
};

}  // namespace authprobe::commands
