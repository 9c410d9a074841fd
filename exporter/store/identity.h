// Which target or credential a stored record is about. A name alone is not enough: a target with another URL begins
// again after a restart, as it does after a reload.
#pragma once

#include <string>
#include <vector>

#include "exporter/config/config.h"

namespace authprobe::store {

// A hash of the configuration of each target, and of each credential, in their order; a target's covers its credential.
// Made of what `/config` shows, so that no secret is behind a hash that somebody could try guesses on: another inline
// secret, or another value in a URL's query, is no other target.
struct Identities {
  std::vector<std::string> targets;
  std::vector<std::string> credentials;
};
Identities identities_of(const config::Config& config);

}  // namespace authprobe::store
