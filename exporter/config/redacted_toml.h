#pragma once

#include <string>

#include "exporter/config/config.h"

namespace authprobe::config {

// The effective configuration as TOML, for people to see: defaults are inherited and files are merged. load() would
// accept this TOML. Possible secrets are replaced by "<redacted>": given secrets, bodies, values of query parameters,
// and values of all headers except a few well-known ones.
std::string redacted_toml(const Config& config);
std::string redacted_toml(const Target& target);  // its table alone

}  // namespace authprobe::config
