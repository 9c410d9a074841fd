// The metrics of inventories: how many secrets are in which state, when the next one ends, and whether the lists can
// still be read.
#pragma once

#include <memory>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/inventory/status.h"

namespace prometheus {
class Collectable;
}

namespace authprobe::metrics {

// Any thread may call any member.
class InventoryMetrics {
 public:
  InventoryMetrics();
  ~InventoryMetrics();
  InventoryMetrics(const InventoryMetrics&) = delete;
  InventoryMetrics& operator=(const InventoryMetrics&) = delete;

  // What the next scrape shows: `statuses` are those of the configuration's inventories, in any order.
  void set(std::shared_ptr<const config::Config> config, std::vector<inventory::Status> statuses);

  std::shared_ptr<const prometheus::Collectable> collectable() const;

 private:
  class Snapshot;
  std::shared_ptr<Snapshot> snapshot_;
};

}  // namespace authprobe::metrics
