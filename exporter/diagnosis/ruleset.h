// What the engine knows of refusals, as data: wording rules and vendors' signatures. A command makes one, which takes
// about 250 ms, and passes it down; it never changes after that, and any thread may use it.
#pragma once

#include <memory>

#include "exporter/diagnosis/signatures.h"
#include "exporter/diagnosis/wording.h"

namespace authprobe::diagnosis {

struct Ruleset {
  Wording wording;
  Signatures signatures;
};

// The built-in rules with other signatures, which must be compiled.
std::shared_ptr<const Ruleset> ruleset_with(Signatures signatures);

// The built-in rules alone.
std::shared_ptr<const Ruleset> built_in_ruleset();

}  // namespace authprobe::diagnosis
