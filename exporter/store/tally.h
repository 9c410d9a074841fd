// The part of a target's row that every probe changes, without names: many targets in one blob of some kilobytes, so
// that probes that found nothing new cost the disk little. What it counts only grows: of a record and a tally of one
// target, in whatever order they were written, the larger count is the newer one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exporter/metrics/fleet_row.h"
#include "exporter/store/target_json.h"

namespace authprobe::store {

// How a blob names a target.
std::uint64_t tally_key(std::string_view target);

// A blob begins with this.
std::string begin_tallies();
void append_tally(std::string& blob, std::string_view target, const metrics::Row& row);

// By tally_key(). False where the blob is none, or ends within a tally: those before it are in `tallies`.
using Tallies = std::unordered_map<std::uint64_t, metrics::SavedRow>;
bool read_tallies(std::string_view blob, Tallies& tallies);

// Brings a target's record up to the tally, if that is the newer one. The probes between them found what the record
// says: whatever is new makes a new record.
void apply_tally(const metrics::SavedRow& tally, SavedTarget& saved);

}  // namespace authprobe::store
