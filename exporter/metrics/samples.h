// The samples of one subject in one of prometheus-cpp's families.
#pragma once

#include <prometheus/metric_family.h>

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/wire/time.h"

namespace authprobe::metrics {

// The types of families, as their tables have them.
inline constexpr prometheus::MetricType kGauge = prometheus::MetricType::Gauge;
inline constexpr prometheus::MetricType kCounter = prometheus::MetricType::Counter;

inline prometheus::MetricFamily& add_family(std::vector<prometheus::MetricFamily>& to, prometheus::MetricType type,
                                            std::string_view name, std::string_view help) {
  prometheus::MetricFamily& made = to.emplace_back();
  made.type = type;
  made.name = name;
  made.help = help;
  return made;
}

class Samples {
 public:
  using Label = std::pair<std::string_view, std::string_view>;

  // Each sample of `family` has the label `kind` with the subject's name.
  Samples(prometheus::MetricFamily& family, const char* kind, const std::string& subject)
      : family_(family), kind_(kind), subject_(subject) {}

  // `labels` follow the subject's.
  void add(double value, std::initializer_list<Label> labels = {}) {
    prometheus::ClientMetric metric;
    metric.label.push_back({kind_, subject_});
    for (const auto& [name, text] : labels) metric.label.push_back({std::string(name), std::string(text)});
    (family_.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    family_.metric.push_back(std::move(metric));
  }
  void add(std::uint64_t count, std::initializer_list<Label> labels = {}) { add(static_cast<double>(count), labels); }
  void add(bool value) { add(value ? 1.0 : 0.0); }

  // Nothing where there is no value.
  void add(const std::optional<bool>& value) {
    if (value) add(*value);
  }
  void add(const std::optional<std::chrono::seconds>& value) {
    if (value) add(static_cast<double>(value->count()));
  }
  void add(const std::optional<WallTime>& time, std::initializer_list<Label> labels = {}) {
    if (time) add(wire::seconds_since_1970(*time), labels);
  }

 private:
  prometheus::MetricFamily& family_;
  const char* kind_;
  const std::string& subject_;
};

}  // namespace authprobe::metrics
