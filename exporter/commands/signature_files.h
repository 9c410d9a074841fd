// The user's own signatures of refusals, beside the built-in ones.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exporter/diagnosis/signatures.h"

namespace authprobe::commands {

struct SignatureFiles {
  std::shared_ptr<const diagnosis::Signatures> signatures;  // null: the built-in ones alone
  std::string error;                                        // names the file and the rule; empty: none
};

// Reads and compiles `files` with the built-in signatures. Takes some 100 ms where there are any.
SignatureFiles read_signature_files(const std::vector<std::string>& files);

}  // namespace authprobe::commands
