// All that an answer says of a cause, before it is decided what counts.
#pragma once

#include <vector>

#include "exporter/diagnosis/challenge.h"
#include "exporter/diagnosis/clue.h"
#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::diagnosis {

struct Reading {
  Input input;  // as the one who answered got it, with the status that its words are judged by
  std::vector<Challenge> challenges;
  Clues clues;
};

// `input` must outlive the result, which looks into its headers and its body.
Reading read_answer(const Input& input, const Ruleset& rules);

}  // namespace authprobe::diagnosis
