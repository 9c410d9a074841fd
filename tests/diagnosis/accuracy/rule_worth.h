// What each word rule is worth: how many answers are right, certain or called a refusal only because of it.
#pragma once

#include <iosfwd>
#include <vector>

#include "tests/diagnosis/accuracy/corpus.h"

namespace authprobe::accuracy {

// Without signatures, each rule left out in turn. Takes some seconds a rule.
void print_rule_worth(const std::vector<Line>& lines, std::ostream& out);

}  // namespace authprobe::accuracy
