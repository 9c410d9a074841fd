// A refusal that comes and goes: what its pattern says of the cause, and what to do. A secret that is let in between
// two refusals is good, whatever the refusal alone looks like.
#pragma once

#include <string>

#include "exporter/diagnosis/fleet_context.h"
#include "exporter/diagnosis/refiner.h"

namespace authprobe::diagnosis {

// Adds the pattern to the evidence and concludes. The advice in place of the cause's; empty: that stays.
std::string apply_pattern(const FleetContext& fleet, Refiner& refiner);

}  // namespace authprobe::diagnosis
