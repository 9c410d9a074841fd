#include "exporter/metrics/broken_file_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <utility>

namespace authprobe::metrics {
namespace {

// A file may have any name; a label that is not UTF-8 would cost the whole scrape.
std::string label_of(const std::string& path) {
  constexpr std::size_t kLongest = 256;
  std::string text = path.size() <= kLongest ? path : "..." + path.substr(path.size() - kLongest);
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c >= 0x7f; }, '?');
  return text;
}

prometheus::MetricFamily gauge(const char* name, const char* help) {
  prometheus::MetricFamily family;
  family.type = prometheus::MetricType::Gauge;
  family.name = name;
  family.help = help;
  return family;
}

}  // namespace

class BrokenFileMetrics::Snapshot : public prometheus::Collectable {
 public:
  void set(std::vector<std::pair<std::string, bool>> files, std::size_t count) {
    const std::lock_guard lock(mutex_);
    files_.swap(files);
    count_ = count;
  }

  std::vector<prometheus::MetricFamily> Collect() const override {
    const std::lock_guard lock(mutex_);
    prometheus::MetricFamily each = gauge("authprobe_config_file_broken",
                                          "Included files of the configuration that have errors; in_use says what is "
                                          "used in their place. Always 1, and at most 50 files.");
    for (const auto& [path, is_kept] : files_) {
      auto& metric = each.metric.emplace_back();
      metric.label.push_back({"file", path});
      metric.label.push_back({"in_use", is_kept ? "last_good" : "nothing"});
      metric.gauge.value = 1;
    }
    prometheus::MetricFamily all =
        gauge("authprobe_config_files_broken", "Included files of the configuration that have errors.");
    all.metric.emplace_back().gauge.value = static_cast<double>(count_);
    std::vector<prometheus::MetricFamily> families;
    if (!each.metric.empty()) families.push_back(std::move(each));
    families.push_back(std::move(all));
    return families;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, bool>> files_;  // their labels, and whether what was last good is in use
  std::size_t count_ = 0;
};

BrokenFileMetrics::BrokenFileMetrics() : snapshot_(std::make_shared<Snapshot>()) {}
BrokenFileMetrics::~BrokenFileMetrics() = default;

void BrokenFileMetrics::set(const std::vector<config::BrokenFile>& files) {
  std::vector<std::pair<std::string, bool>> shown;
  for (const config::BrokenFile& file : files) {
    std::string label = label_of(file.path);
    const bool is_there = std::ranges::find(shown, label, &std::pair<std::string, bool>::first) != shown.end();
    if (!is_there && shown.size() < kMostFiles) shown.emplace_back(std::move(label), file.is_kept);
  }
  snapshot_->set(std::move(shown), files.size());
}

std::shared_ptr<const prometheus::Collectable> BrokenFileMetrics::collectable() const {
  return snapshot_;
}

}  // namespace authprobe::metrics
