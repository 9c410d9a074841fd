// A configuration in use, and what of its targets is in the state file. The writer's, but for the first two members.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/metrics/fleet_metrics.h"
#include "exporter/prober/target.h"
#include "exporter/store/identity.h"
#include "exporter/store/state_file.h"

namespace authprobe::store {

class Generation {
 public:
  // A target is recorded again after this time, although its probes found nothing new: what a tally leaves out, the
  // durations of the last probe, is not older.
  static constexpr std::chrono::hours kRecordAge{1};

  Generation(std::shared_ptr<const config::Config> config, std::shared_ptr<const metrics::FleetMetrics> rows)
      : config_(std::move(config)), rows_(std::move(rows)) {}
  const config::Config& config() const { return *config_; }

  // Removes what belongs to no target and credential of it, and writes the tallies of all. After a failed write too.
  void begin(StateFile& file);
  bool has_begun() const { return has_begun_; }
  void begin_again() { has_begun_ = false; }

  // What is to be written of targets that were probed: a record where a probe found something new, and the tally of
  // the others.
  void add(const std::vector<std::pair<std::size_t, prober::TargetMemory>>& targets, StateFile::Records& records);

  const Identities& identities() const { return identities_; }

 private:
  // A target's record in the file; with no time, it is not known.
  struct Recorded {
    std::uint64_t hash = 0;  // lasting_hash()
    std::chrono::steady_clock::time_point at;
  };

  StateFile::Block block(std::size_t number) const;

  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<const metrics::FleetMetrics> rows_;
  bool has_begun_ = false;
  Identities identities_;
  std::vector<Recorded> recorded_;                  // by target
  std::vector<std::uint32_t> block_of_;             // by target
  std::vector<std::vector<std::uint32_t>> blocks_;  // the targets of each
};

}  // namespace authprobe::store
