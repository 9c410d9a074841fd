// What only the machine can tell about a configuration: the files that it names.
#pragma once

#include <chrono>
#include <vector>

#include "exporter/config/load.h"

namespace authprobe::config {

// Warnings about files that are missing or that others may read, environment variables that are not set, and times that
// have passed. It looks at files (opens none) and at the environment; load() does neither.
std::vector<Finding> lint(const Config& config, std::chrono::system_clock::time_point now);

}  // namespace authprobe::config
