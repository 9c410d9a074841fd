// Reads `settings`: limits of the process, and other values that are not a target's.
#pragma once

#include <span>

#include "exporter/config/field.h"

namespace authprobe::config {

std::span<const Key<Settings>> settings_keys();

void read_settings(const Field& field, Settings& into);

}  // namespace authprobe::config
