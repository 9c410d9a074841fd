// The series of all targets, in flat arrays that one thread writes and any thread renders: values are relaxed atomics,
// so recording a probe takes no lock and a scrape does not hold up the probe loop.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/metrics/fleet_groups.h"
#include "exporter/metrics/fleet_row.h"
#include "exporter/prober/probe_record.h"
#include "exporter/wire/time.h"

namespace authprobe::metrics {

class TextWriter;

class FleetMetrics {
 public:
  // A row per target, in the order of `config.targets`, with its zero series. `now` is when the configuration comes
  // into force. Any thread.
  explicit FleetMetrics(const config::Config& config, WallTime now = std::chrono::system_clock::now());
  FleetMetrics(const FleetMetrics&) = delete;
  FleetMetrics& operator=(const FleetMetrics&) = delete;

  // Targets that `previous` knows by name keep their counters and gauges. The probing thread only, before it records.
  void carry_over(const FleetMetrics& previous);

  // Called by the probing thread only. `record.target` is an index into the configuration's targets. Probes
  // on demand count nowhere.
  void record(const prober::ProbeRecord& record);
  // Before the first probe: what an earlier process counted.
  void restore(std::size_t target, const SavedRow& saved);
  // Prefetches the target's row; before record().
  void prefetch_row(std::size_t target) const;
  // The running episode of a target stands under another cause or confidence now. The probing thread only.
  void record(const prober::DiagnosisUpdate& update);
  // A maintenance window of the target begins or ends, between its probes too. The probing thread only.
  void set_maintenance(std::size_t target, bool on);

  // The families in a fixed order. Any thread. `now`: when the scrape is; what is recent or overdue depends on it.
  void render(TextWriter& out, WallTime now = std::chrono::system_clock::now()) const;

  // For rendering: the targets by number.
  std::size_t size() const { return rows_.size(); }
  const Row& row(std::size_t target) const { return rows_[target]; }
  const FleetGroups& groups() const { return groups_; }
  // Without the series whose value is 0 and says only that something has not happened.
  bool is_lean() const { return series_ == config::Series::lean; }
  // When the configuration came into force, in milliseconds since 1970.
  std::int64_t since() const { return since_; }
  // The target's name, escaped. At least TextBuffer::kBlock bytes behind it may be read.
  std::string_view name(std::size_t target) const { return part(names_, name_ends_, target); }
  // All labels of its target_info, with their names and quotes.
  std::string_view info(std::size_t target) const { return part(infos_, info_ends_, target); }

 private:
  static std::string_view part(const std::string& all, const std::vector<std::uint32_t>& ends, std::size_t index);
  void add_text(const config::Config& config);
  void add_zero_series(Row& row, const config::Target& target);
  void carry_over(Row& row, const Row& previous);

  std::vector<Row> rows_;
  FleetGroups groups_;
  config::Series series_;
  std::int64_t since_;
  CounterList::Nodes nodes_;
  std::string names_;
  std::string infos_;
  std::vector<std::uint32_t> name_ends_;
  std::vector<std::uint32_t> info_ends_;
};

}  // namespace authprobe::metrics
