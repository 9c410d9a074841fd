// Reads `maintenance`: the times in which nobody is to be paged for a target.
#pragma once

#include <span>
#include <vector>

#include "exporter/config/field.h"

namespace authprobe::config {

std::span<const Key<MaintenanceWindow>> maintenance_keys();

void read_maintenance(const Field& field, std::vector<MaintenanceWindow>& into);

}  // namespace authprobe::config
