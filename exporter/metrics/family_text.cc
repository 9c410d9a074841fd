#include "exporter/metrics/family_text.h"

#include <prometheus/metric_family.h>

#include <algorithm>
#include <limits>
#include <string_view>

#include "exporter/metrics/text_format.h"

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

template <typename Number>
std::string number_text(Number value) {
  char text[kNumberLength];
  return {text, write_number(text, value)};
}

std::string label_text(const std::vector<ClientMetric::Label>& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    if (!text.empty()) text += ',';
    text.append(name).append("=\"").append(escape_label(value)).append("\"");
  }
  return text;
}

class FamilyWriter {
 public:
  explicit FamilyWriter(std::string& text) : text_(text) {}

  void header(const MetricFamily& family) {
    text_.append("# HELP ").append(family.name).append(" ").append(escape_help(family.help));
    text_.append("\n# TYPE ").append(family.name).append(" ").append(type_word(family.type)).append("\n");
  }

  void metrics(const MetricFamily& family) {
    name_ = family.name;
    for (const ClientMetric& metric : family.metric) {
      labels_ = label_text(metric.label);
      switch (family.type) {
        case MetricType::Counter: line("", "", number_text(metric.counter.value)); break;
        case MetricType::Gauge: line("", "", number_text(metric.gauge.value)); break;
        case MetricType::Summary: summary(metric.summary); break;
        case MetricType::Histogram: histogram(metric.histogram); break;
        default: line("", "", number_text(metric.untyped.value)); break;
      }
    }
  }

 private:
  void line(std::string_view suffix, const std::string& own_label, std::string_view value) {
    text_.append(name_).append(suffix);
    const std::string labels = labels_.empty() || own_label.empty() ? labels_ + own_label : labels_ + "," + own_label;
    if (!labels.empty()) text_.append("{").append(labels).append("}");
    text_.append(" ").append(value).append("\n");
  }

  void summary(const ClientMetric::Summary& summary) {
    for (const auto& [quantile, value] : summary.quantile) {
      line("", "quantile=\"" + number_text(quantile) + "\"", number_text(value));
    }
    line("_sum", "", number_text(summary.sample_sum));
    line("_count", "", number_text(summary.sample_count));
  }

  void histogram(const ClientMetric::Histogram& histogram) {
    for (const auto& [count, bound] : histogram.bucket) {
      line("_bucket", "le=\"" + number_text(bound) + "\"", number_text(count));
    }
    line("_sum", "", number_text(histogram.sample_sum));
    line("_count", "", number_text(histogram.sample_count));
  }

  std::string& text_;
  std::string_view name_;
  std::string labels_;
};

}  // namespace

std::string to_text(std::vector<MetricFamily> families) {
  std::stable_sort(families.begin(), families.end(),
                   [](const MetricFamily& a, const MetricFamily& b) { return a.name < b.name; });
  std::string text;
  FamilyWriter writer(text);
  std::string_view current;
  for (MetricFamily& family : families) {
    if (family.metric.empty()) continue;
    std::stable_sort(family.metric.begin(), family.metric.end(),
                     [](const ClientMetric& a, const ClientMetric& b) { return a.label < b.label; });
    if (family.name != current) writer.header(family);
    current = family.name;
    writer.metrics(family);
  }
  return text;
}

}  // namespace authprobe::metrics
