// The series of all targets, in flat arrays that one thread writes and any thread renders: values are relaxed atomics,
// so recording a probe takes no lock and a scrape does not hold up the probe loop.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "exporter/config/config.h"
#include "exporter/prober/probe_record.h"

namespace authprobe::metrics {

class FleetRows;

class FleetMetrics {
 public:
  // A row per target, in the order of `config.targets`, with its zero series. Targets that `previous` knows by name
  // keep their counters and gauges (`previous` may be null; the caller is the thread that records).
  FleetMetrics(const config::Config& config, const FleetMetrics* previous);
  ~FleetMetrics();
  FleetMetrics(const FleetMetrics&) = delete;
  FleetMetrics& operator=(const FleetMetrics&) = delete;

  // Called by the probing thread only. `record.target` is an index into the configuration's targets. Probes
  // on demand count nowhere.
  void record(const prober::ProbeRecord& record);
  // Prefetches the target's row; before record().
  void prefetch_row(std::size_t target) const;
  // The running episode of a target stands under another cause or confidence now. The probing thread only.
  void record(const prober::DiagnosisUpdate& update);
  // A maintenance window of the target begins or ends, between its probes too. The probing thread only.
  void set_maintenance(std::size_t target, bool on);

  // Text exposition format 0.0.4 in pieces of bounded size, families in a fixed order. Any thread.
  void render(const std::function<void(std::string_view)>& sink) const;

 private:
  std::unique_ptr<FleetRows> rows_;
};

}  // namespace authprobe::metrics
