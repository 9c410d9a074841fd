// The page of one target: what it answers, why it refuses, what was known before. Pure.
#pragma once

#include <string>

#include "exporter/web/frame.h"
#include "exporter/web/status_store.h"

namespace authprobe::web {

// `target` is one of the snapshot's.
std::string target_page(const TargetStatus& target, const Snapshot& snapshot, const About& about);

}  // namespace authprobe::web
