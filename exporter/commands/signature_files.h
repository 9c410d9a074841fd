// The user's own signatures of refusals, in addition to the built-in ones: of signature files, and of providers' files.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/diagnosis/ruleset.h"

namespace authprobe::commands {

struct SignatureFiles {
  std::shared_ptr<const diagnosis::Ruleset> rules;  // null where there is an error
  std::string error;                                // names the file and the rule; empty: none
  std::string setting;                              // the key of the configuration that names that file
};

// The built-in rules and the signatures of the files. Takes about 100 ms.
SignatureFiles read_signature_files(const std::vector<std::string>& files,
                                    const std::vector<std::string>& provider_files = {});
SignatureFiles read_signature_files(const config::Config& config);

}  // namespace authprobe::commands
