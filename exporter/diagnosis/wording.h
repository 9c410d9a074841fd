// What words mean: the same rules read codes ("ExpiredTokenException"), messages and pages.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/diagnosis/clue.h"
#include "exporter/diagnosis/pattern_set.h"
#include "exporter/diagnosis/phrases.h"
#include "exporter/diagnosis/rules.h"

namespace authprobe::diagnosis {

class Wording {
 public:
  // Throws std::runtime_error that names the entry where `rules` are not as wording/english.toml is, or `phrases` not
  // as wording/phrases.toml.
  Wording(const std::vector<std::string_view>& rules, std::string_view phrases);

  // Appends a clue per rule that speaks. `text` is as words_of() or phrase_of() make it. What is stated counts before
  // what is advised. Where no rule speaks plainly, the phrases are read.
  void read(std::string_view text, Trust trust, const std::string& evidence, Clues& clues) const;

  // The same of a page, which is what servers and firewalls show to all.
  void read_page(std::string_view text, const std::string& evidence, Clues& clues) const;

  const std::vector<WordingRule>& rules() const { return rules_; }
  const Phrases& phrases() const { return phrases_; }

 private:
  struct Source {
    Trust trust;
    bool page;
    const std::string& evidence;
  };
  Clues clues_of(std::string_view text, const Source& source) const;
  Clues phrase_clues_of(std::string_view text, const Source& source) const;
  void mark_what_was_seen(std::string_view text, Clues& clues) const;
  std::vector<const WordingRule*> matched(std::string_view text, bool page) const;

  PatternSet patterns_;
  std::vector<WordingRule> rules_;    // by rule
  std::vector<std::size_t> rule_of_;  // pattern index -> rule
  Phrases phrases_;
};

}  // namespace authprobe::diagnosis
