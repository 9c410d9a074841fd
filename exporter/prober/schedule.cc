#include "exporter/prober/schedule.h"

#include <algorithm>

#include "exporter/config/stable_hash.h"

namespace authprobe::prober {
namespace {

std::int64_t down_to_tick(std::int64_t time) {
  return time - time % Schedule::kTick.count();
}

// The number of the first slot whose tick comes after `time`.
std::int64_t first_slot_after(std::int64_t interval, std::int64_t offset, std::int64_t time) {
  std::int64_t number = std::max<std::int64_t>(0, (time - offset) / interval);
  while (down_to_tick(offset + number * interval) <= time) ++number;
  return number;
}

}  // namespace

void Schedule::add(std::string_view name, std::chrono::milliseconds interval, bool fresh, Instant now) {
  const std::uint64_t hash = config::stable_hash(name);
  Grid grid{.interval = std::max(interval, kTick).count(), .offset = 0};
  grid.offset = static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(grid.interval));
  std::int64_t slot =
      down_to_tick(grid.offset + first_slot_after(grid.interval, grid.offset, now.count()) * grid.interval);
  if (fresh && slot > now.count() + kFirstRound.count()) {
    slot =
        down_to_tick(now.count() + static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(kFirstRound.count())));
  }
  queue_.push({slot, static_cast<std::uint32_t>(grid_.size())});
  grid_.push_back(grid);
}

std::optional<Schedule::Due> Schedule::next_due(Instant now) {
  if (queue_.empty() || queue_.top().slot > now.count()) return std::nullopt;
  const Entry entry = queue_.top();
  queue_.pop();
  const Grid& grid = grid_[entry.target];
  const std::int64_t after_slot = first_slot_after(grid.interval, grid.offset, entry.slot);
  const std::int64_t after_now = first_slot_after(grid.interval, grid.offset, now.count());
  queue_.push({down_to_tick(grid.offset + after_now * grid.interval), entry.target});
  return Due{entry.target, Instant{entry.slot}, static_cast<std::uint64_t>(after_now - after_slot)};
}

std::optional<Instant> Schedule::next_slot() const {
  if (queue_.empty()) return std::nullopt;
  return Instant{queue_.top().slot};
}

}  // namespace authprobe::prober
