// A target's record in the state file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/metrics/fleet_row.h"
#include "exporter/prober/target.h"

namespace authprobe::store {

struct SavedTarget {
  prober::TargetMemory memory;
  metrics::SavedRow row;
};

// No words of servers: evidence comes with the next refused probe.
std::string target_json(const prober::TargetMemory& memory, const metrics::Row& row);

// Of what a probe changes only if it found something new: another state, status code, cause, wait or certificate.
std::uint64_t lasting_hash(const prober::TargetMemory& memory, const metrics::Row& row);

// Nothing where the text is not such a record. `now` bounds the waits that it may ask for.
std::optional<SavedTarget> read_target_json(std::string_view text, WallTime now);

}  // namespace authprobe::store
