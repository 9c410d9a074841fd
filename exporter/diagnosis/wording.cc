#include "exporter/diagnosis/wording.h"

#include <algorithm>
#include <cctype>

#include "exporter/diagnosis/embedded.h"
#include "exporter/diagnosis/rule_file.h"

namespace authprobe::diagnosis {
namespace {

bool is_upper(char c) {
  return std::isupper(static_cast<unsigned char>(c)) != 0;
}
bool is_lower(char c) {
  return std::islower(static_cast<unsigned char>(c)) != 0;
}

}  // namespace

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

void Wording::read(std::string_view text, Trust trust, const std::string& evidence, Clues& clues) const {
  thread_local std::vector<int> found;  // kept between calls: this runs for every field of every refusal
  patterns_.match(text, found);
  if (found.empty()) return;
  std::ranges::sort(found);
  const auto any = [&](bool WordingRule::*property) {
    return std::ranges::any_of(found, [&](int i) { return rules_[rule_of_[static_cast<std::size_t>(i)]].*property; });
  };
  if (any(&WordingRule::quiet)) return;
  const bool ambiguous = any(&WordingRule::ambiguous);
  const WordingRule* last = nullptr;
  for (const int index : found) {
    const WordingRule& rule = rules_[rule_of_[static_cast<std::size_t>(index)]];
    if (&rule == last || (ambiguous && !rule.ambiguous && about_credential(rule.cause))) continue;
    last = &rule;
    clues.push_back({rule.cause, rule.strength, trust, evidence, rule.credential_seen, rule.no_credential_seen, false});
  }
}

const Wording& wording() {
  static const Wording kWording(embedded_wording());
  return kWording;
}

std::string words_of(std::string_view code) {
  std::string words;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    const char before = i > 0 ? code[i - 1] : ' ';
    const char after = i + 1 < code.size() ? code[i + 1] : ' ';
    if (is_upper(c) && (is_lower(before) || (is_upper(before) && is_lower(after)))) words.push_back(' ');
    words.push_back(std::string_view("_-./:#").find(c) == std::string_view::npos ? c : ' ');
  }
  return lower(words);
}

}  // namespace authprobe::diagnosis
