// What words mean: the same rules read codes ("ExpiredTokenException"), messages and pages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/diagnosis/clue.h"
#include "exporter/diagnosis/pattern_set.h"

namespace authprobe::diagnosis {

struct WordingRule {
  Cause cause = Cause::unknown;
  Strength strength = Strength::hints;
  bool ambiguous = false;        // "invalid or expired": other rules about the credential do not count in the same text
  bool credential_seen = false;  // as in Clue
  bool no_credential_seen = false;
  bool quiet = false;  // a text with it tells nothing: what servers say of every refusal, word traps
  std::vector<std::string> examples;
};

class Wording {
 public:
  // Throws std::runtime_error that names the rule where `toml` is not as wording/*.toml is.
  explicit Wording(const std::vector<std::string_view>& toml);

  // Appends a clue per rule that speaks. `text` is read as it stands, codes taken apart by words_of() before.
  void read(std::string_view text, Trust trust, const std::string& evidence, Clues& clues) const;

  const std::vector<WordingRule>& rules() const { return rules_; }

 private:
  PatternSet patterns_;
  std::vector<WordingRule> rules_;    // by rule
  std::vector<std::size_t> rule_of_;  // pattern index -> rule
};

// The built-in rules.
const Wording& wording();

// "ExpiredTokenException", "TOKEN_EXPIRED" and "token-expired" as words: "expired token exception", "token expired".
std::string words_of(std::string_view code);

}  // namespace authprobe::diagnosis
