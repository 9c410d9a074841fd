// When each target is due. Slots lie on a grid that the target's name and interval fix, so that starts are spread over
// the interval, stay where they are over a restart, and never drift. Pure: time is given, in milliseconds since the
// Unix epoch.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <string_view>
#include <vector>

namespace authprobe::prober {

using Instant = std::chrono::milliseconds;  // since the Unix epoch

class Schedule {
 public:
  // Starts are gathered into ticks: waking up once for ten probes costs less than half of waking up ten times.
  static constexpr std::chrono::milliseconds kTick{100};
  // The first probe of a target with a longer interval comes within this time all the same.
  static constexpr std::chrono::milliseconds kFirstRound{15'000};

  struct Due {
    std::size_t target = 0;
    Instant slot{0};           // when it should have started
    std::uint64_t missed = 0;  // slots between this one and now that have passed: counted, never replayed
  };

  // Adds the next target (they are numbered from 0 in order of adding). `fresh`: it has not been probed before.
  void add(std::string_view name, std::chrono::milliseconds interval, bool fresh, Instant now);

  // Takes a target whose slot has come, earliest first, and puts its next slot on the grid.
  std::optional<Due> next_due(Instant now);

  // When next_due() will have something; nullopt without targets.
  std::optional<Instant> next_slot() const;

  std::size_t size() const { return grid_.size(); }

 private:
  struct Grid {
    std::int64_t interval;  // milliseconds
    std::int64_t offset;    // [0, interval)
  };
  struct Entry {
    std::int64_t slot;
    std::uint32_t target;
    bool operator>(const Entry& other) const { return slot != other.slot ? slot > other.slot : target > other.target; }
  };

  std::vector<Grid> grid_;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue_;
};

}  // namespace authprobe::prober
