#include "exporter/diagnosis/wording.h"

#include <algorithm>

#include "exporter/diagnosis/named_header.h"
#include "exporter/diagnosis/plain_letters.h"
#include "exporter/diagnosis/rule_file.h"
#include "exporter/diagnosis/statement.h"

namespace authprobe::diagnosis {

Wording::Wording(const std::vector<std::string_view>& rules, std::string_view phrases) : phrases_(phrases) {
  for (const std::string_view text : rules) {
    for (WordingEntry& entry : read_wording_file(text)) {
      for (const std::string& pattern : entry.patterns) {
        add_pattern(patterns_, with_plain_letters(pattern), "wording rule " + pattern);
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

namespace {

// What marks a text, whatever rule or phrase speaks in it.
struct Marks {
  bool quiet, of_data, of_absence, unrelated, of_caller, of_backend;
  explicit Marks(const std::vector<const WordingRule*>& found) {
    const auto any = [&](bool WordingRule::*property) {
      return std::ranges::any_of(found, [&](const WordingRule* rule) { return rule->*property; });
    };
    quiet = any(&WordingRule::quiet);
    of_caller = any(&WordingRule::of_own) || (any(&WordingRule::of_caller) && !any(&WordingRule::of_other));
    unrelated = !any(&WordingRule::of_call) && !of_caller;
    of_absence = any(&WordingRule::of_absence);
    of_backend = any(&WordingRule::of_backend);
    of_data = (any(&WordingRule::of_data) || any(&WordingRule::of_other)) && !of_caller;
  }
  void put_on(Clue& clue) const {
    clue.of_data = of_data;
    clue.of_absence = of_absence;
    clue.unrelated = unrelated;
    clue.of_caller = of_caller;
    clue.of_backend = of_backend;
  }
};

}  // namespace

Clues Wording::clues_of(std::string_view text, const Source& source) const {
  const std::vector<const WordingRule*> found = matched(text, source.page);
  const auto any = [&](bool WordingRule::*property) {
    return std::ranges::any_of(found, [&](const WordingRule* rule) { return rule->*property; });
  };
  const Marks marks(found);
  if (marks.quiet) return {};
  const bool exclusive = any(&WordingRule::exclusive);
  const bool ambiguous = any(&WordingRule::ambiguous);
  const bool plain_header = names_only_plain_headers(text);
  Clues clues;
  for (const WordingRule* rule : found) {
    if (rule->cause == Cause::unknown || (exclusive && !rule->exclusive)) continue;
    if (ambiguous && !exclusive && !rule->ambiguous && about_credential(rule->cause)) continue;
    if (plain_header && (rule->cause == Cause::missing_credentials || rule->cause == Cause::malformed_credentials)) {
      clues.push_back({Cause::malformed_credentials, Strength::hints, source.trust, source.evidence});
      continue;
    }
    Clue clue{rule->cause, rule->strength, source.trust, source.evidence};
    clue.credential_seen = rule->credential_seen;
    clue.no_credential_seen = rule->no_credential_seen;
    clue.vague = rule->vague;
    clue.refused_only = rule->refused_only;
    clue.alternative = rule->ambiguous;
    marks.put_on(clue);
    clues.push_back(std::move(clue));
  }
  return clues;
}

Clues Wording::phrase_clues_of(std::string_view text, const Source& source) const {
  Clues clues;
  const std::vector<const Phrase*> said = phrases_.read(text);
  if (said.empty()) return clues;
  const Marks marks(matched(text, source.page));
  if (marks.quiet) return clues;
  for (const Phrase* phrase : said) {
    Clue clue{phrase->cause, Strength::suggests, source.trust, source.evidence};
    clue.by_phrase = true;
    clue.credential_seen = phrase->credential_seen;
    marks.put_on(clue);
    clue.of_data = clue.of_data || phrase->of_data;
    clues.push_back(std::move(clue));
  }
  return clues;
}

// "Contraseña incorrecta", in whatever language a rule knows it: a password has reached the server.
void Wording::mark_what_was_seen(std::string_view text, Clues& clues) const {
  const auto unseen = [](const Clue& clue) {
    return clue.cause == Cause::invalid_credentials && clue.strength != Strength::hints && !clue.credential_seen;
  };
  if (std::ranges::none_of(clues, unseen)) return;
  const std::vector<const Phrase*> said = phrases_.read(text);
  if (std::ranges::none_of(said, [](const Phrase* phrase) { return phrase->credential_seen; })) return;
  for (Clue& clue : clues) clue.credential_seen = clue.credential_seen || unseen(clue);
}

void Wording::read(std::string_view text, Trust trust, const std::string& evidence, Clues& clues) const {
  const Source source{trust, false, evidence};
  const std::string stated = statement_of(text);
  Clues found = clues_of(stated, source);
  const auto told = [&found] {
    return std::ranges::any_of(found, [](const Clue& clue) { return clue.strength != Strength::hints && !clue.vague; });
  };
  if (!told() && stated.size() < text.size()) {
    found = clues_of(text, source);
    for (Clue& clue : found) clue.strength = std::min(clue.strength, Strength::suggests);  // advised or supposed only
  }
  if (!told()) {
    std::ranges::move(phrase_clues_of(stated.empty() ? text : std::string_view(stated), source),
                      std::back_inserter(found));
  } else {
    mark_what_was_seen(stated, found);
  }
  std::ranges::move(found, std::back_inserter(clues));
}

void Wording::read_page(std::string_view text, const std::string& evidence, Clues& clues) const {
  constexpr std::size_t kShortPage = 600;
  const Source source{Trust::wording, true, evidence};
  Clues found = clues_of(text, source);
  if (found.empty() && text.size() <= kShortPage) found = phrase_clues_of(text, source);
  std::ranges::move(found, std::back_inserter(clues));
}

}  // namespace authprobe::diagnosis
