#include "exporter/metrics/exporter_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace authprobe::metrics {
namespace {

prometheus::Counter& counter(prometheus::Registry& registry, const std::string& name, const std::string& help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

prometheus::Gauge& gauge(prometheus::Registry& registry, const std::string& name, const std::string& help,
                         const prometheus::Labels& labels = {}) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels);
}

prometheus::Histogram& histogram(prometheus::Registry& registry, const std::string& name, const std::string& help,
                                 const prometheus::Histogram::BucketBoundaries& bounds) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, bounds);
}

}  // namespace

// Family::Add takes a lock and allocates, so it is done once here and references are kept.
struct ExporterMetrics::Metrics {
  prometheus::Registry registry;
  prometheus::Histogram& schedule_delay =
      histogram(registry, "authprobe_schedule_delay_seconds", "How much later than its slot a probe started.",
                {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5});
  prometheus::Histogram& probe_duration =
      histogram(registry, "authprobe_probe_duration_seconds", "Duration of probes, over all targets.",
                {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30});
  prometheus::Counter& missed = counter(registry, "authprobe_schedule_missed_total",
                                        "Slots that passed while the target's previous probe was still in progress or "
                                        "waited for its turn, or that found no file descriptor left.");
  prometheus::Gauge& in_flight = gauge(registry, "authprobe_probes_in_flight", "Probes in progress.");
  prometheus::Gauge& loop_turned = gauge(registry, "authprobe_loop_last_turn_timestamp_seconds",
                                         "Time of the probing loop's last turn, which comes every second at least.");
  prometheus::Gauge& targets = gauge(registry, "authprobe_targets", "Configured targets.");
  prometheus::Gauge& reload_successful = gauge(registry, "authprobe_config_last_reload_successful",
                                               "1 if the last attempt to load the configuration succeeded, else 0.");
  prometheus::Gauge& reload_time = gauge(registry, "authprobe_config_last_reload_success_timestamp_seconds",
                                         "Time at which the configuration was last loaded.");
};

struct ExporterMetrics::StoreMetrics {
  prometheus::Gauge& up;
  prometheus::Counter& failures;
  prometheus::Gauge& last_write;
};

ExporterMetrics::ExporterMetrics(const std::string& version, const std::string& revision)
    : metrics_(std::make_shared<Metrics>()) {
  gauge(metrics_->registry, "authprobe_build_info", "Version and revision of the running exporter. Always 1.",
        {{"version", version}, {"revision", revision}})
      .Set(1);
}

ExporterMetrics::~ExporterMetrics() = default;

void ExporterMetrics::record(const prober::ProbeRecord& record) {
  if (record.on_demand != 0) return;
  metrics_->schedule_delay.Observe(record.schedule_delay_seconds);
  if (record.state != prober::State::credential_unavailable) metrics_->probe_duration.Observe(record.duration_seconds);
}

void ExporterMetrics::set_slots_missed(std::uint64_t count) {
  metrics_->missed.Increment(static_cast<double>(count) - metrics_->missed.Value());
}

void ExporterMetrics::set_probes_in_flight(std::size_t count) {
  metrics_->in_flight.Set(static_cast<double>(count));
}
void ExporterMetrics::loop_turned(WallTime when) {
  metrics_->loop_turned.Set(wire::seconds_since_1970(when));
}
void ExporterMetrics::set_targets(std::size_t count) {
  metrics_->targets.Set(static_cast<double>(count));
}

void ExporterMetrics::set_shard(const config::Shard& shard) {
  gauge(metrics_->registry, "authprobe_shard_info", "Share of the targets that this exporter probes. Always 1.",
        {{"shard", std::to_string(shard.index)}, {"shards", std::to_string(shard.count)}})
      .Set(1);
}

void ExporterMetrics::store_opened(bool usable) {
  if (!store_) {
    auto& registry = metrics_->registry;
    store_ = std::make_shared<StoreMetrics>(StoreMetrics{
        gauge(registry, "authprobe_store_up", "1 if the state file can be used and was last written, else 0."),
        counter(registry, "authprobe_store_write_failures_total", "Failed attempts to write the state file."),
        gauge(registry, "authprobe_store_last_write_timestamp_seconds",
              "Time until which everything is in the state file; 0 before the first write.")});
  }
  store_->up.Set(usable ? 1 : 0);
}

void ExporterMetrics::store_wrote(WallTime until) {
  store_->up.Set(1);
  store_->last_write.Set(wire::seconds_since_1970(until));
}

void ExporterMetrics::store_failed() {
  store_->up.Set(0);
  store_->failures.Increment();
}

void ExporterMetrics::config_loaded(WallTime when) {
  metrics_->reload_time.Set(wire::seconds_since_1970(when));
  metrics_->reload_successful.Set(1);
}

void ExporterMetrics::config_refused() {
  metrics_->reload_successful.Set(0);
}

std::shared_ptr<const prometheus::Collectable> ExporterMetrics::collectable() const {
  return {metrics_, &metrics_->registry};
}

}  // namespace authprobe::metrics
