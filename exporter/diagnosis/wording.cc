#include "exporter/diagnosis/wording.h"

#include <algorithm>

#include "exporter/diagnosis/named_header.h"
#include "exporter/diagnosis/rule_file.h"
#include "exporter/diagnosis/statement.h"

namespace authprobe::diagnosis {

Wording::Wording(const std::vector<std::string_view>& toml) {
  for (const std::string_view text : toml) {
    for (WordingEntry& entry : read_wording_file(text)) {
      for (const std::string& pattern : entry.patterns) {
        add_pattern(patterns_, pattern, "wording rule " + pattern);
        rule_of_.push_back(rules_.size());
      }
      rules_.push_back(std::move(entry.rule));
    }
  }
  patterns_.compile();
}

// In the order of the files, each once.
std::vector<const WordingRule*> Wording::matched(std::string_view text, bool page) const {
  thread_local std::vector<int> found;  // kept between calls: this runs for every field of every refusal
  patterns_.match(text, found);
  std::ranges::sort(found);
  std::vector<const WordingRule*> result;
  for (const int index : found) {
    const WordingRule& rule = rules_[rule_of_[static_cast<std::size_t>(index)]];
    if ((page || !rule.of_page) && (result.empty() || result.back() != &rule)) result.push_back(&rule);
  }
  return result;
}

Clues Wording::clues_of(std::string_view text, const Source& source) const {
  const std::vector<const WordingRule*> found = matched(text, source.page);
  const auto any = [&](bool WordingRule::*property) {
    return std::ranges::any_of(found, [&](const WordingRule* rule) { return rule->*property; });
  };
  if (any(&WordingRule::quiet)) return {};
  const bool exclusive = any(&WordingRule::exclusive);
  const bool ambiguous = any(&WordingRule::ambiguous);
  const bool of_other = any(&WordingRule::of_other);
  const bool of_caller = any(&WordingRule::of_caller) && !of_other;
  const bool unrelated = !any(&WordingRule::of_call) && !of_caller;
  const bool of_absence = any(&WordingRule::of_absence);
  const bool of_data = (any(&WordingRule::of_data) || of_other) && !of_caller;
  const bool plain_header = names_only_plain_headers(text);
  Clues clues;
  for (const WordingRule* rule : found) {
    if (rule->cause == Cause::unknown || (exclusive && !rule->exclusive)) continue;
    if (ambiguous && !exclusive && !rule->ambiguous && about_credential(rule->cause)) continue;
    if (plain_header && (rule->cause == Cause::missing_credentials || rule->cause == Cause::malformed_credentials)) {
      clues.push_back({Cause::malformed_credentials, Strength::hints, source.trust, source.evidence});
      continue;
    }
    clues.push_back({rule->cause, rule->strength, source.trust, source.evidence, rule->credential_seen,
                     rule->no_credential_seen, false, of_data, of_absence, unrelated, of_caller, rule->vague,
                     rule->ambiguous});
  }
  return clues;
}

void Wording::read(std::string_view text, Trust trust, const std::string& evidence, Clues& clues) const {
  const Source source{trust, false, evidence};
  const std::string stated = statement_of(text);
  Clues found = clues_of(stated, source);
  const bool told =
      std::ranges::any_of(found, [](const Clue& clue) { return clue.strength != Strength::hints && !clue.vague; });
  if (!told && stated.size() < text.size()) {
    found = clues_of(text, source);
    for (Clue& clue : found) clue.strength = std::min(clue.strength, Strength::suggests);  // advised or supposed only
  }
  std::ranges::move(found, std::back_inserter(clues));
}

void Wording::read_page(std::string_view text, const std::string& evidence, Clues& clues) const {
  std::ranges::move(clues_of(text, {Trust::wording, true, evidence}), std::back_inserter(clues));
}

}  // namespace authprobe::diagnosis
