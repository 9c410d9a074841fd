// `explain`: reads recorded responses and prints their diagnoses.
#pragma once

#include <iosfwd>

#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::commands {

struct ExplainOptions {
  bool jsonl = false;  // a JSON object a line comes in, one goes out, as it comes
  bool json = false;   // one response in, but its diagnosis as JSON
};
// Without `jsonl` one response comes in, as HTTP text or JSON, and words go out. 0: all was read. 1: some line could
// not be; it is answered with an "error", and the rest goes on.
int explain(std::istream& in, const ExplainOptions& options, const diagnosis::Ruleset& rules, std::ostream& out);

}  // namespace authprobe::commands
