// Time as the loop has it: slots follow a clock that never jumps.
#pragma once

#include <chrono>

#include "exporter/wire/time.h"

namespace authprobe::prober {

// Wall time that does not jump: read once at the start, then carried on by the steady clock, so that a corrected system
// clock moves no slot. Its epoch is Unix's.
class SlotClock {
 public:
  using duration = std::chrono::milliseconds;
  using time_point = std::chrono::time_point<SlotClock, duration>;

  time_point now() const { return start_ + std::chrono::duration_cast<duration>(Steady::now() - steady_start_); }
  std::chrono::steady_clock::time_point to_steady(time_point time) const { return steady_start_ + (time - start_); }

  // Slot times as wall times and back, for those to whom a corrected system clock makes no difference.
  static time_point from(WallTime time) { return time_point(std::chrono::floor<duration>(time.time_since_epoch())); }
  static WallTime to_wall(time_point time) { return WallTime(time.time_since_epoch()); }

 private:
  using Steady = std::chrono::steady_clock;

  Steady::time_point steady_start_ = Steady::now();
  time_point start_ = from(std::chrono::system_clock::now());
};

using SlotTime = SlotClock::time_point;

// The same moment by two clocks: the one that slots follow, and the system's.
struct Now {
  SlotTime slot;
  WallTime wall;
};

}  // namespace authprobe::prober
