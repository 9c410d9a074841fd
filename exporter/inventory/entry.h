// A secret that an issuer has handed out, and what it means at a time: pure.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/wire/time.h"

namespace authprobe::inventory {

// The issuer's words, shortened, and without characters that nobody sees. Never the secret itself.
struct Entry {
  std::string id;
  std::string name;
  std::string owner;
  std::string client;  // that the secret is of; empty: the issuer does not tell
  std::string hint;    // the first characters of the secret; empty: likewise
  std::optional<WallTime> created;
  std::optional<WallTime> ends;  // none: never
  std::optional<WallTime> last_used;
  bool is_disabled = false;
};

// One at a time, the first that applies: disabled, expired, critical, warning, unused, never, ok. These words are label
// values.
enum class EntryState : std::uint8_t { ok, warning, critical, expired, never, unused, disabled };
inline constexpr std::size_t kEntryStateCount = 7;
std::string_view to_string(EntryState state);

// How long before its expiry an entry counts as warning, and as critical.
struct Thresholds {
  std::chrono::seconds warn{0};
  std::chrono::seconds critical{0};
};
Thresholds thresholds_of(const Entry& entry, const config::Inventory& rules);

EntryState state_of(const Entry& entry, const config::Inventory& rules, WallTime now);

// A complete list of one moment.
struct EntryList {
  std::vector<Entry> entries;  // in order of their ends, those without one last
  WallTime complete_at;
  std::size_t requests = 0;  // that it took
};

using StateCounts = std::array<std::size_t, kEntryStateCount>;
StateCounts count_states(const EntryList& list, const config::Inventory& rules, WallTime now);

// The next expiry of an entry that can be used; nothing: none has one.
std::optional<WallTime> next_end(const EntryList& list, WallTime now);

// The entry that is a credential. Of those that have its name, the newest that can be used, or that ends last; null:
// there is none.
const Entry* find_entry(const EntryList& list, const config::ListedAs& as, WallTime now);

// Puts entries in their order, and drops those that a page repeated.
void settle(std::vector<Entry>& entries);

}  // namespace authprobe::inventory
