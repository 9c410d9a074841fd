// The metrics of inventories: how many secrets are in which state, when the next one ends, and whether the lists can
// still be read.
#pragma once

#include <memory>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/inventory/status.h"
#include "exporter/metrics/latest_families.h"

namespace authprobe::metrics {

// `statuses` are those of the configuration's inventories, in any order.
LatestFamilies::Make inventory_families(std::shared_ptr<const config::Config> config,
                                        std::vector<inventory::Status> statuses);

}  // namespace authprobe::metrics
