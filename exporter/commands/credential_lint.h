// The part of the security checklist that needs to read the secrets. No secret is ever shown.
#pragma once

#include <chrono>
#include <vector>

#include "exporter/config/load.h"

namespace authprobe::commands {

// Warnings about secrets of an unusual form or shared by two credentials, credentials that have expired, expire soon,
// or have an unknown expiry, intervals longer than the credential's lifetime, and missing or excess scopes. Secrets
// that cannot be read on this machine are skipped.
std::vector<config::Finding> credential_lint(const config::Config& config, std::chrono::system_clock::time_point now);

}  // namespace authprobe::commands
