// The exporter's metrics of itself: is the schedule held, how long do probes take, was the configuration loaded.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace prometheus {
class Collectable;
}

namespace authprobe::metrics {

// Members may be called from any thread; each costs less than a tenth of a microsecond.
class ExporterMetrics {
 public:
  ExporterMetrics(const std::string& version, const std::string& revision);
  ~ExporterMetrics();
  ExporterMetrics(const ExporterMetrics&) = delete;
  ExporterMetrics& operator=(const ExporterMetrics&) = delete;

  // How much later than its slot a probe began.
  void observe_schedule_delay(double seconds);
  // How long a probe took, of whatever target and outcome.
  void observe_probe_duration(double seconds);
  // Slots that passed while the target's previous probe was still under way.
  void add_missed_slots(std::uint64_t count = 1);
  void set_probes_in_flight(std::size_t count);
  void set_targets(std::size_t count);
  // The configuration was loaded, at the start or again, or it could not be.
  void config_loaded(std::chrono::system_clock::time_point when);
  void config_refused();

  std::shared_ptr<const prometheus::Collectable> collectable() const;

 private:
  struct Metrics;
  std::shared_ptr<Metrics> metrics_;
};

}  // namespace authprobe::metrics
