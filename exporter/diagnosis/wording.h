// What words mean: the same rules read codes ("ExpiredTokenException"), messages and pages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/diagnosis/clue.h"
#include "exporter/diagnosis/pattern_set.h"

namespace authprobe::diagnosis {

struct WordingRule {
  Cause cause = Cause::unknown;  // unknown: the rule only marks the texts that it matches
  Strength strength = Strength::hints;
  bool ambiguous = false;        // "invalid or expired": other rules about the credential do not count in the same text
  bool exclusive = false;        // no other rule counts in the same text
  bool credential_seen = false;  // as in Clue
  bool no_credential_seen = false;
  bool vague = false;      // as in Clue
  bool of_page = false;    // counts in pages only
  bool of_data = false;    // as in Clue, for all that the text says
  bool of_call = false;    // the text names something that a caller or a call has
  bool of_caller = false;  // the text is about the caller's credential, whatever `of_data` says
  bool quiet = false;      // a text with it tells nothing: what servers say of every refusal, word traps
  std::vector<std::string> examples;
};

class Wording {
 public:
  // Throws std::runtime_error that names the rule where `toml` is not as wording/*.toml is.
  explicit Wording(const std::vector<std::string_view>& toml);

  // Appends a clue per rule that speaks. `text` is as words_of() or phrase_of() make it. What is stated counts before
  // what is advised.
  void read(std::string_view text, Trust trust, const std::string& evidence, Clues& clues) const;

  // The same of a page, which is what servers and firewalls show to all.
  void read_page(std::string_view text, const std::string& evidence, Clues& clues) const;

  const std::vector<WordingRule>& rules() const { return rules_; }

 private:
  struct Source {
    Trust trust;
    bool page;
    const std::string& evidence;
  };
  Clues clues_of(std::string_view text, const Source& source) const;
  std::vector<const WordingRule*> matched(std::string_view text, bool page) const;

  PatternSet patterns_;
  std::vector<WordingRule> rules_;    // by rule
  std::vector<std::size_t> rule_of_;  // pattern index -> rule
};

// The built-in rules.
const Wording& wording();

}  // namespace authprobe::diagnosis
