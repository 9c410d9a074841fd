#include "exporter/metrics/latest_families.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <mutex>
#include <utility>

namespace authprobe::metrics {

class LatestFamilies::Latest : public prometheus::Collectable {
 public:
  void set(Make make) {
    const std::lock_guard lock(mutex_);
    make_.swap(make);
  }

  std::vector<prometheus::MetricFamily> Collect() const override {
    const std::lock_guard lock(mutex_);
    return make_ ? make_() : std::vector<prometheus::MetricFamily>{};
  }

 private:
  mutable std::mutex mutex_;
  Make make_;
};

LatestFamilies::LatestFamilies() : latest_(std::make_shared<Latest>()) {}
LatestFamilies::~LatestFamilies() = default;

void LatestFamilies::set(Make make) {
  latest_->set(std::move(make));
}

std::shared_ptr<const prometheus::Collectable> LatestFamilies::collectable() const {
  return latest_;
}

}  // namespace authprobe::metrics
