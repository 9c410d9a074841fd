#include "exporter/diagnosis/phrases.h"

#include <algorithm>
#include <array>

#include "exporter/diagnosis/plain_letters.h"
#include "exporter/diagnosis/rule_file.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::size_t kMostClauses = 8;

// One clause at the start of `text`, with the mark that ends it. A comma and a dash end one too: what stands behind
// them has a subject of its own.
std::string_view first_clause(std::string_view text) {
  static constexpr std::array<std::string_view, 7> kWideMarks = {"，", "。", "；", "！", "？", "、", "—"};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : ' ';
    const bool ends = std::string_view(".!?;,").find(text[i]) != std::string_view::npos && next == ' ';
    const bool dash = text[i] == '-' && next == ' ' && i > 0 && text[i - 1] == ' ';
    if (text[i] == '\n' || ends || dash) return text.substr(0, i + 1);
    for (const std::string_view mark : kWideMarks) {
      if (text.substr(i).starts_with(mark)) return text.substr(0, i + mark.size());
    }
  }
  return text;
}

}  // namespace

Phrases::Phrases(std::string_view toml) {
  PhraseFile file = read_phrase_file(toml);
  for (std::size_t i = 0; i < file.ideas.size(); ++i) {
    for (const std::string& pattern : file.ideas[i].patterns) {
      add_pattern(patterns_, with_plain_letters(pattern), "idea " + file.ideas[i].name);
      idea_of_.push_back(std::uint64_t{1} << i);
    }
  }
  patterns_.compile();
  phrases_ = std::move(file.phrases);
}

std::vector<const Phrase*> Phrases::read(std::string_view text) const {
  thread_local std::vector<int> found;  // kept between calls, as in Wording
  std::vector<const Phrase*> result;
  for (std::size_t i = 0; i < kMostClauses && !text.empty(); ++i) {
    const std::string_view clause = first_clause(text);
    text.remove_prefix(clause.size());
    patterns_.match(clause, found);
    std::uint64_t ideas = 0;
    for (const int index : found) ideas |= idea_of_[static_cast<std::size_t>(index)];
    const auto holds = [&](const Phrase& phrase) { return (phrase.of & ~ideas) == 0 && (phrase.without & ideas) == 0; };
    const auto phrase = std::ranges::find_if(phrases_, holds);
    if (phrase == phrases_.end()) continue;
    const auto same = [&](const Phrase* other) { return other->cause == phrase->cause; };
    if (std::ranges::none_of(result, same)) result.push_back(&*phrase);
  }
  return result;
}

}  // namespace authprobe::diagnosis
