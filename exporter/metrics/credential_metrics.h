// The credentials' metrics: whose they are, when they end, what was fetched and looked up for them, and how their
// targets stand.
#pragma once

#include <memory>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/metrics/latest_families.h"
#include "exporter/prober/credential_status.h"

namespace authprobe::metrics {

// `statuses` are those of the configuration's credentials, in its order.
LatestFamilies::Make credential_families(std::shared_ptr<const config::Config> config,
                                         std::vector<prober::CredentialStatus> statuses);

}  // namespace authprobe::metrics
