// What load() does not say of a configuration: what only the machine can tell, and the security checklist as far as no
// secret has to be read for it.
#pragma once

#include <chrono>
#include <vector>

#include "exporter/config/load.h"

namespace authprobe::config {

// Warnings about files that are missing or that others may read, environment variables that are not set, times that
// have passed, credentials without users or a rotation link, tokens with too many scopes, and targets that
// seem to lack a credential. It examines files (without opening them) and the environment; load() does
// neither.
std::vector<Finding> lint(const Config& config, std::chrono::system_clock::time_point now);

}  // namespace authprobe::config
