// Families of prometheus-cpp that are made when they are scraped, of what was last set.
#pragma once

#include <functional>
#include <memory>
#include <vector>

namespace prometheus {
class Collectable;
struct MetricFamily;
}  // namespace prometheus

namespace authprobe::metrics {

// Any thread may call any member.
class LatestFamilies {
 public:
  using Make = std::function<std::vector<prometheus::MetricFamily>()>;

  LatestFamilies();
  ~LatestFamilies();
  LatestFamilies(const LatestFamilies&) = delete;
  LatestFamilies& operator=(const LatestFamilies&) = delete;

  // The next scrape shows what `make` returns; before the first call, nothing. credential_families() and its like
  // return such functions.
  void set(Make make);

  std::shared_ptr<const prometheus::Collectable> collectable() const;

 private:
  class Latest;
  std::shared_ptr<Latest> latest_;
};

}  // namespace authprobe::metrics
