// When each target is due. Slots lie on a grid that the target's name and interval fix, so that starts are spread over
// the interval, stay where they are over a restart, and never drift. Pure: time is given.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "exporter/prober/slot_clock.h"

namespace authprobe::prober {

class Schedule {
 public:
  // Starts are gathered into ticks: waking up once for ten probes costs less than half of waking up ten times.
  static constexpr std::chrono::milliseconds kTick{100};
  // The first probe of a target with a longer interval comes within this time all the same.
  static constexpr std::chrono::milliseconds kFirstRound{15'000};

  struct Due {
    std::size_t target = 0;
    SlotTime slot;             // when it should have started
    std::uint64_t missed = 0;  // slots between this one and now that have passed: counted, never replayed
  };

  // Adds the next target (they are numbered from 0 in order of adding). `fresh`: it has not been probed before.
  void add(std::string_view name, std::chrono::milliseconds interval, bool fresh, SlotTime now);

  // Takes a target whose slot has come, earliest first, and puts its next slot on the grid.
  std::optional<Due> next_due(SlotTime now);

  // When next_due() will have something; nullopt without targets.
  std::optional<SlotTime> next_slot() const;

  std::size_t size() const { return size_; }

 private:
  struct Entry {
    std::size_t target;
    std::int64_t interval;  // milliseconds
    std::int64_t offset;    // [0, interval)
  };

  void put(std::int64_t slot, const Entry& entry);

  // By slot. All that a tick takes lies side by side, and as slots are on ticks there are few of them.
  std::map<std::int64_t, std::vector<Entry>> queue_;
  std::size_t size_ = 0;
};

}  // namespace authprobe::prober
