// The user's own signatures of refusals, in addition to the built-in ones.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exporter/diagnosis/ruleset.h"

namespace authprobe::commands {

struct SignatureFiles {
  std::shared_ptr<const diagnosis::Ruleset> rules;  // null where there is an error
  std::string error;                                // names the file and the rule; empty: none
};

// The built-in rules and the signatures of `files`. Takes about 100 ms.
SignatureFiles read_signature_files(const std::vector<std::string>& files);

}  // namespace authprobe::commands
