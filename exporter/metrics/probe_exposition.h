// The metrics of a single probe, for /probe?target=NAME and the probe command.
#pragma once

#include <string>

#include "exporter/prober/probe_record.h"

namespace authprobe::metrics {

// Text format 0.0.4, under the blackbox exporter's names so that its rules and dashboards fit, and the state and cause
// under ours. No label names the target: that is the scrape configuration's to add.
std::string probe_exposition(const prober::ProbeRecord& record);

}  // namespace authprobe::metrics
