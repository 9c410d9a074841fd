#include "exporter/inventory/entry.h"

#include <algorithm>
#include <tuple>

#include "exporter/config/lifetime.h"

namespace authprobe::inventory {
namespace {

using std::chrono::seconds;

bool is_unused(const Entry& entry, const config::Inventory& rules, WallTime now) {
  if (rules.unused_after.count() == 0 || rules.list->last_used.empty()) return false;
  const auto since = entry.last_used ? entry.last_used : entry.created;
  return since && now - *since > rules.unused_after;
}

seconds whole(config::Duration duration) {
  return std::chrono::duration_cast<seconds>(duration);
}

}  // namespace

std::string_view to_string(EntryState state) {
  constexpr std::array<std::string_view, kEntryStateCount> kWords{"ok",    "warning", "critical", "expired",
                                                                  "never", "unused",  "disabled"};
  return kWords[static_cast<std::size_t>(state)];
}

Thresholds thresholds_of(const Entry& entry, const config::Inventory& rules) {
  std::optional<seconds> lifetime;
  if (entry.created && entry.ends && *entry.created < *entry.ends) {
    lifetime = std::chrono::duration_cast<seconds>(*entry.ends - *entry.created);
  }
  const config::WarningTimes usual = config::usual_warning_times(lifetime);
  Thresholds thresholds;
  thresholds.warn = rules.warn_before ? whole(*rules.warn_before) : usual.warn;
  thresholds.critical =
      rules.critical_before ? whole(*rules.critical_before) : std::min(usual.critical, thresholds.warn);
  return thresholds;
}

EntryState state_of(const Entry& entry, const config::Inventory& rules, WallTime now) {
  if (entry.is_disabled) return EntryState::disabled;
  if (entry.ends) {
    const auto left = *entry.ends - now;
    const Thresholds thresholds = thresholds_of(entry, rules);
    if (left <= seconds{0}) return EntryState::expired;
    if (left <= thresholds.critical) return EntryState::critical;
    if (left <= thresholds.warn) return EntryState::warning;
  }
  if (is_unused(entry, rules, now)) return EntryState::unused;
  return entry.ends ? EntryState::ok : EntryState::never;
}

StateCounts count_states(const EntryList& list, const config::Inventory& rules, WallTime now) {
  StateCounts counts{};
  for (const Entry& entry : list.entries) ++counts[static_cast<std::size_t>(state_of(entry, rules, now))];
  return counts;
}

std::optional<WallTime> next_end(const EntryList& list, WallTime now) {
  for (const Entry& entry : list.entries) {
    if (entry.ends && *entry.ends > now && !entry.is_disabled) return entry.ends;
  }
  return std::nullopt;
}

const Entry* find_entry(const EntryList& list, const config::ListedAs& as, WallTime now) {
  const Entry* found = nullptr;
  const auto rank = [&](const Entry& entry) {
    const bool is_usable = !entry.is_disabled && (!entry.ends || *entry.ends > now);
    return std::tuple(is_usable, entry.created.value_or(WallTime::min()), entry.ends.value_or(WallTime::max()));
  };
  for (const Entry& entry : list.entries) {
    if (as.id.empty() ? entry.name != as.name : entry.id != as.id) continue;
    if (found == nullptr || rank(*found) < rank(entry)) found = &entry;
  }
  return found;
}

void settle(std::vector<Entry>& entries) {
  const auto order = [](const Entry& entry) {
    return std::tuple(entry.ends.value_or(WallTime::max()), std::string_view(entry.owner), std::string_view(entry.name),
                      std::string_view(entry.id));
  };
  std::ranges::sort(entries, {}, order);
  const auto same = [&](const Entry& a, const Entry& b) { return order(a) == order(b); };
  entries.erase(std::unique(entries.begin(), entries.end(), same), entries.end());
  entries.shrink_to_fit();
}

}  // namespace authprobe::inventory
