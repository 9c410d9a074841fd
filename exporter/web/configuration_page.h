// The page `/configuration`: the configuration in force, without secrets.
#pragma once

#include <string>

#include "exporter/web/frame.h"

namespace authprobe::web {

std::string configuration_page(const Snapshot& snapshot, const About& about);

}  // namespace authprobe::web
