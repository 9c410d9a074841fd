// The page at `/`: what is wrong now, what ends next, what has changed. Its size is bounded, however many targets there
// are. Pure.
#pragma once

#include <string>

#include "exporter/web/frame.h"
#include "exporter/web/status_store.h"

namespace authprobe::web {

std::string now_page(const Snapshot& snapshot, const About& about);

}  // namespace authprobe::web
