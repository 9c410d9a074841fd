// Whether alerts find the credentials' owners: the routes of an Alertmanager configuration.
#pragma once

#include <string>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/findings.h"

namespace authprobe::web {

// A question for each owner that no route of the file has a matcher for, at the first of its credentials; an error
// where the file is none.
std::vector<config::Finding> unrouted_owners(const config::Config& config, const std::string& file);

}  // namespace authprobe::web
