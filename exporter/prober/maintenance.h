// Whether a moment lies in one of a target's maintenance windows. Pure.
#pragma once

#include <chrono>
#include <span>

#include "exporter/config/config.h"

namespace authprobe::prober {

bool in_maintenance(std::span<const config::MaintenanceWindow> windows, std::chrono::system_clock::time_point now);

}  // namespace authprobe::prober
