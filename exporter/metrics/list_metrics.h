// The metrics of lists of targets: whether they can be read, and what was made of them.
#pragma once

#include <memory>
#include <vector>

#include "exporter/config/target_list.h"

namespace prometheus {
class Collectable;
}

namespace authprobe::metrics {

// Any thread may call any member.
class ListMetrics {
 public:
  ListMetrics();
  ~ListMetrics();
  ListMetrics(const ListMetrics&) = delete;
  ListMetrics& operator=(const ListMetrics&) = delete;

  // What the next scrape shows; without lists, nothing.
  void set(std::vector<config::ListReport> reports);

  std::shared_ptr<const prometheus::Collectable> collectable() const;

 private:
  class Snapshot;
  std::shared_ptr<Snapshot> snapshot_;
};

}  // namespace authprobe::metrics
