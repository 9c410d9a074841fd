#include <prometheus/metric_family.h>

#include <utility>

#include "exporter/metrics/latest_families.h"
#include "exporter/metrics/samples.h"

namespace authprobe::metrics {
namespace {

using config::ListReport;

struct ListFamily {
  const char* name;
  const char* help;
  double (*value)(const ListReport& report);
};

constexpr ListFamily kListFamilies[] = {
    {"authprobe_target_list_up",
     "1 if all files of the list, and the answer of its URL, could be used and list something, else 0: what was last "
     "good stays.",
     [](const ListReport& report) { return report.is_good ? 1.0 : 0.0; }},
    {"authprobe_target_list_targets", "Targets that were made of the list, in all shards.",
     [](const ListReport& report) { return static_cast<double>(report.targets); }},
    {"authprobe_target_list_left_out", "Targets of the list that are not probed because of a fault of their own.",
     [](const ListReport& report) { return static_cast<double>(report.left_out); }},
};

std::vector<prometheus::MetricFamily> families_of(const std::vector<ListReport>& reports) {
  std::vector<prometheus::MetricFamily> families;
  if (reports.empty()) return families;
  for (const ListFamily& family : kListFamilies) {
    auto& made = add_family(families, prometheus::MetricType::Gauge, family.name, family.help);
    for (const ListReport& report : reports) Samples(made, "list", report.name).add(family.value(report));
  }
  return families;
}

}  // namespace

LatestFamilies::Make list_families(std::vector<ListReport> reports) {
  return [reports = std::move(reports)] { return families_of(reports); };
}

}  // namespace authprobe::metrics
