// From clues to one cause: which clue counts most, and what it means given what was sent.
#pragma once

#include <span>

#include "exporter/diagnosis/challenge.h"
#include "exporter/diagnosis/clue.h"

namespace authprobe::diagnosis {

struct Decision {
  Cause cause = Cause::unknown;
  Confidence confidence = Confidence::guess;
  bool scheme_mismatch = false;      // the scheme that was sent is none of those offered
  std::vector<std::string> reasons;  // in order of weight
};

Decision decide(const Input& input, std::span<const Challenge> challenges, const Clues& clues);

// "Who are you?" or "I know you, but no", as a cause has it.
Refusal refusal_of(Cause cause, int status);

}  // namespace authprobe::diagnosis
