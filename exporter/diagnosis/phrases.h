// Sentences in any language, read by the ideas in them: a word for a credential and a word for an end, in one clause,
// mean an expired credential (wording/phrases.toml).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "exporter/diagnosis/pattern_set.h"
#include "exporter/diagnosis/rules.h"

namespace authprobe::diagnosis {

class Phrases {
 public:
  // Throws std::runtime_error that names the entry where `toml` is not as wording/phrases.toml is. Empty: no phrases.
  explicit Phrases(std::string_view toml);

  // The first phrase that holds in each clause of `text`, one for each cause. `text` is as words_of() or phrase_of()
  // make it.
  std::vector<const Phrase*> read(std::string_view text) const;

  const std::vector<Phrase>& all() const { return phrases_; }

 private:
  PatternSet patterns_;
  std::vector<std::uint64_t> idea_of_;  // pattern index -> the idea's bit
  std::vector<Phrase> phrases_;
};

}  // namespace authprobe::diagnosis
