#include <prometheus/metric_family.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "exporter/metrics/latest_families.h"
#include "exporter/metrics/samples.h"

namespace authprobe::metrics {
namespace {

// With a series of its own; all are counted.
constexpr std::size_t kMostFiles = 50;

// A file may have any name; a label that is not UTF-8 would cost the whole scrape.
std::string label_of(const std::string& path) {
  constexpr std::size_t kLongest = 256;
  std::string text = path.size() <= kLongest ? path : "..." + path.substr(path.size() - kLongest);
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return text;
}

std::vector<prometheus::MetricFamily> families_of(const std::map<std::string, bool>& files, std::size_t count) {
  std::vector<prometheus::MetricFamily> families;
  auto& each = add_family(families, prometheus::MetricType::Gauge, "authprobe_config_file_broken",
                          "Included files of the configuration that have errors; in_use says what is used in their "
                          "place. Always 1, and at most 50 files.");
  for (const auto& [path, is_kept] : files) {
    Samples(each, "file", path).add(1.0, {{"in_use", is_kept ? "last_good" : "nothing"}});
  }
  auto& all = add_family(families, prometheus::MetricType::Gauge, "authprobe_config_files_broken",
                         "Included files of the configuration that have errors.");
  all.metric.emplace_back().gauge.value = static_cast<double>(count);
  return families;
}

}  // namespace

LatestFamilies::Make broken_file_families(const std::vector<config::BrokenFile>& files) {
  std::map<std::string, bool> shown;  // their labels, and whether what was last good is in use
  for (const config::BrokenFile& file : files) {
    if (shown.size() < kMostFiles) shown.try_emplace(label_of(file.path), file.is_kept);
  }
  return [shown = std::move(shown), count = files.size()] { return families_of(shown, count); };
}

}  // namespace authprobe::metrics
