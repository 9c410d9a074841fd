// The exporter's metrics of itself: is the schedule held, how long do probes take, was the configuration loaded.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "exporter/config/shard.h"
#include "exporter/prober/probe_record.h"
#include "exporter/wire/time.h"

namespace prometheus {
class Collectable;
}

namespace authprobe::metrics {

// Members may be called from any thread; none costs as much as a microsecond.
class ExporterMetrics {
 public:
  ExporterMetrics(const std::string& version, const std::string& revision);
  ~ExporterMetrics();
  ExporterMetrics(const ExporterMetrics&) = delete;
  ExporterMetrics& operator=(const ExporterMetrics&) = delete;

  // A scheduled probe has finished: its delay and its duration are observed. One that sent nothing took no time worth
  // telling, and one on demand had no slot.
  void record(const prober::ProbeRecord& record);
  // Slots that passed while the target's previous probe was still under way, since the start.
  void set_slots_missed(std::uint64_t count);
  void set_probes_in_flight(std::size_t count);
  void loop_turned(WallTime when);
  void set_targets(std::size_t count);
  // This process probes a share of the configuration. Not called: all of it, and no metric says so.
  void set_shard(const config::Shard& shard);
  // The configuration was loaded, at the start or again, or it could not be.
  void config_loaded(WallTime when);
  void config_refused();

  // There is a state file, which can be used or not. Not called: no metric says anything of one.
  void store_opened(bool usable);
  void store_wrote(WallTime until);
  void store_failed();

  std::shared_ptr<const prometheus::Collectable> collectable() const;

 private:
  struct Metrics;
  struct StoreMetrics;
  std::shared_ptr<Metrics> metrics_;
  std::shared_ptr<StoreMetrics> store_;  // null: no state file
};

}  // namespace authprobe::metrics
