#include "exporter/prober/schedule.h"

#include <algorithm>

#include "exporter/config/stable_hash.h"

namespace authprobe::prober {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kFirstPace = 50;  // ms a target: of twenty, each begins within a second
constexpr std::size_t kUsualStarts = 8;  // of one tick: room made at once

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

void Schedule::add(std::string_view name, milliseconds interval, bool fresh, SlotTime at) {
  const std::int64_t now = at.time_since_epoch().count();
  const std::uint64_t hash = config::stable_hash(name);
  Entry entry{.target = size_++, .interval = std::max(interval, kTick).count(), .offset = 0};
  entry.offset = static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(entry.interval));
  std::int64_t slot = down_to_tick(entry.offset + first_slot_after(entry.interval, entry.offset, now) * entry.interval);
  const std::int64_t first_round =
      std::clamp(static_cast<std::int64_t>(size_) * kFirstPace, kTick.count(), kFirstRound.count());
  if (fresh && slot > now + first_round) {
    slot = down_to_tick(now + static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(first_round)));
  }
  put(slot, entry);
}

void Schedule::put(std::int64_t slot, const Entry& entry) {
  // Most often the last slot there is: all targets of one interval come round in turn.
  std::vector<Entry>& entries = queue_.try_emplace(queue_.end(), slot)->second;
  if (entries.empty()) entries.reserve(kUsualStarts);
  entries.push_back(entry);
}

std::optional<Schedule::Due> Schedule::next_due(SlotTime at) {
  const std::int64_t now = at.time_since_epoch().count();
  const auto first = queue_.begin();
  if (first == queue_.end() || first->first > now) return std::nullopt;
  const std::int64_t slot = first->first;
  const Entry entry = first->second.back();
  first->second.pop_back();
  if (first->second.empty()) queue_.erase(first);
  const std::int64_t after_slot = first_slot_after(entry.interval, entry.offset, slot);
  const std::int64_t after_now = first_slot_after(entry.interval, entry.offset, now);
  put(down_to_tick(entry.offset + after_now * entry.interval), entry);
  return Due{entry.target, SlotTime(milliseconds{slot}), static_cast<std::uint64_t>(after_now - after_slot)};
}

std::optional<SlotTime> Schedule::next_slot() const {
  if (queue_.empty()) return std::nullopt;
  return SlotTime(milliseconds{queue_.begin()->first});
}

}  // namespace authprobe::prober
