// The part of the security checklist for which the secrets have to be read: none of it is ever shown.
#pragma once

#include <chrono>
#include <vector>

#include "exporter/config/load.h"

namespace authprobe::commands {

// Warnings about secrets of an odd form or that two credentials share, credentials that have ended, are about to, or
// whose end nobody knows, probes rarer than the credential lives, and scopes that are missing or too many. What cannot
// be read on this machine is passed over.
std::vector<config::Finding> credential_lint(const config::Config& config, std::chrono::system_clock::time_point now);

}  // namespace authprobe::commands
