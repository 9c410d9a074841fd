// `explain`: reads recorded responses and prints what they mean.
#pragma once

#include <iosfwd>

#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::commands {

// `jsonl`: a JSON object a line comes in, one goes out, as it comes. Otherwise one response as HTTP text, and words go
// out. 0: all was read. 1: some line could not be; it is answered with an "error", and the rest goes on.
int explain(std::istream& in, bool jsonl, std::ostream& out);

struct ExplainOptions {
  bool jsonl = false;
  bool json = false;                                  // one response in, but its diagnosis as JSON
  const diagnosis::Signatures* signatures = nullptr;  // null: the built-in ones
};
int explain(std::istream& in, const ExplainOptions& options, std::ostream& out);

}  // namespace authprobe::commands
