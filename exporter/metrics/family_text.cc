#include "exporter/metrics/family_text.h"

#include <prometheus/metric_family.h>

#include <algorithm>
#include <string_view>

#include "exporter/metrics/text_writer.h"

namespace authprobe::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

std::string_view type_word(MetricType type) {
  switch (type) {
    case MetricType::Counter: return "counter";
    case MetricType::Gauge: return "gauge";
    case MetricType::Summary: return "summary";
    case MetricType::Histogram: return "histogram";
    default: return "untyped";
  }
}

std::string number_text(double value) {
  char text[kNumberLength];
  return {text, write_number(text, value)};
}

std::string label_text(const std::vector<ClientMetric::Label>& labels) {
  std::string text;
  for (const auto& [name, value] : labels) append_label(text, name, value);
  return text;
}

std::string with_label(std::string labels, std::string_view name, double value) {
  append_label(labels, name, number_text(value));
  return labels;
}

void write(const ClientMetric::Summary& summary, const std::string& labels, TextWriter& out) {
  for (const auto& [quantile, value] : summary.quantile) out.sample(with_label(labels, "quantile", quantile), value);
  out.sample(labels, summary.sample_sum, "_sum");
  out.sample(labels, summary.sample_count, "_count");
}

void write(const ClientMetric::Histogram& histogram, const std::string& labels, TextWriter& out) {
  for (const auto& [count, bound] : histogram.bucket) out.sample(with_label(labels, "le", bound), count, "_bucket");
  out.sample(labels, histogram.sample_sum, "_sum");
  out.sample(labels, histogram.sample_count, "_count");
}

void write(const ClientMetric& metric, MetricType type, TextWriter& out) {
  const std::string labels = label_text(metric.label);
  switch (type) {
    case MetricType::Counter: out.sample(labels, metric.counter.value); break;
    case MetricType::Gauge: out.sample(labels, metric.gauge.value); break;
    case MetricType::Summary: write(metric.summary, labels, out); break;
    case MetricType::Histogram: write(metric.histogram, labels, out); break;
    default: out.sample(labels, metric.untyped.value); break;
  }
}

}  // namespace

void write_families(std::vector<MetricFamily> families, TextWriter& out) {
  std::stable_sort(families.begin(), families.end(),
                   [](const MetricFamily& a, const MetricFamily& b) { return a.name < b.name; });
  std::string_view current;
  for (MetricFamily& family : families) {
    if (family.metric.empty()) continue;
    std::stable_sort(family.metric.begin(), family.metric.end(),
                     [](const ClientMetric& a, const ClientMetric& b) { return a.label < b.label; });
    if (family.name != current) out.family(family.name, type_word(family.type), family.help);
    current = family.name;
    for (const ClientMetric& metric : family.metric) write(metric, family.type, out);
  }
}

}  // namespace authprobe::metrics
