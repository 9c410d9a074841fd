// What a scrape tells beside each target's own series: of the targets that need attention, with all of their labels,
// and of credentials and hosts as a whole. Alert rules look at these few series instead of those of all targets.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "exporter/metrics/fleet_metrics.h"
#include "exporter/metrics/text_writer.h"
#include "exporter/wire/time.h"

namespace authprobe::metrics {

class FleetSurvey {
 public:
  // How long a change or a failure is recent.
  static constexpr std::chrono::hours kRecent{1};
  // A target is overdue without a probe for three of its intervals, its backoff and this.
  static constexpr std::chrono::seconds kGrace{60};
  // A rate limit of which less than this share is left is low.
  static constexpr double kLowShare = 0.25;

  // Walks once over all rows. `now` is the time of the scrape.
  FleetSurvey(const FleetMetrics& fleet, WallTime now);

  void write(TextWriter& out) const;

 private:
  using Targets = std::vector<std::uint32_t>;
  using Times = std::vector<Timestamp>;

  void look_at(std::size_t target);
  void look_at_groups(std::size_t target, const Row& row);
  bool is_recent(const Timestamp& time) const;
  bool is_overdue(const Row& row) const;
  bool is_low(const Row& row) const;

  void write_trouble(TextWriter& out) const;
  void write_recent(TextWriter& out) const;
  void write_groups(TextWriter& out) const;
  void write_ones(TextWriter& out, const Targets& targets) const;

  const FleetMetrics& fleet_;
  const std::int64_t now_;  // milliseconds since 1970, like all times here
  Targets troubled_;
  Targets pending_;
  Targets maintained_;
  Targets changed_;
  Targets failed_;
  Targets low_;
  std::vector<std::uint64_t> overdue_;  // by credential
  Times oldest_probe_;                  // by credential
  Times last_success_;                  // by credential
  Times accepted_;                      // by credential and host
  Times certificate_end_;               // by host
};

}  // namespace authprobe::metrics
