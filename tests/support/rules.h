// The built-in rules of the engine, made once a process: compiling them takes a while.
#pragma once

#include <memory>

#include "exporter/diagnosis/ruleset.h"

namespace authprobe::test {

inline const std::shared_ptr<const diagnosis::Ruleset>& rules() {
  static const std::shared_ptr<const diagnosis::Ruleset> kRules = diagnosis::built_in_ruleset();
  return kRules;
}

}  // namespace authprobe::test
