// The metrics of lists of targets: whether they can be read, and what was made of them.
#pragma once

#include <vector>

#include "exporter/config/target_list.h"
#include "exporter/metrics/latest_families.h"

namespace authprobe::metrics {

// Without lists, none.
LatestFamilies::Make list_families(std::vector<config::ListReport> reports);

}  // namespace authprobe::metrics
