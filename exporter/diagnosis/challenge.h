// The challenges of WWW-Authenticate and Proxy-Authenticate (RFC 9110, section 11.6), parsed as the grammar has it:
// several in one line, several lines, quoted strings that hold commas and scheme-like words.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::diagnosis {

struct Challenge {
  std::string scheme;                                       // lower case: "bearer"
  std::string token68;                                      // "Negotiate oRQwEqAD..."; empty where parameters follow
  std::vector<std::pair<std::string, std::string>> params;  // names in lower case, values unescaped
  std::string_view param(std::string_view name) const;      // empty where absent
};

// Challenges of one field value. What does not parse is skipped; at most 16 challenges of 32 parameters are kept.
std::vector<Challenge> parse_challenges(std::string_view value);

// Challenges of all authentication fields of a response, in order.
std::vector<Challenge> challenges_of(std::span<const Header> headers);

}  // namespace authprobe::diagnosis
