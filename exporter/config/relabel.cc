#include "exporter/config/relabel.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdint>
#include <utility>

#include "exporter/config/target_list.h"
#include "exporter/wire/digest.h"
#include "exporter/wire/text.h"

namespace authprobe::config {
namespace {

using Groups = std::vector<std::string_view>;

// The groups of a match, the whole first; empty: no match.
Groups match(const re2::RE2& pattern, std::string_view text) {
  std::vector<re2::StringPiece> pieces(static_cast<std::size_t>(pattern.NumberOfCapturingGroups()) + 1);
  const re2::StringPiece whole(text.data(), text.size());
  const int count = static_cast<int>(pieces.size());
  if (!pattern.Match(whole, 0, text.size(), re2::RE2::ANCHOR_BOTH, pieces.data(), count)) return {};
  Groups groups;
  for (const re2::StringPiece& piece : pieces) groups.emplace_back(piece.data(), piece.size());
  return groups;
}

void set(LabelSet& labels, const std::string& name, std::string value) {
  if (value.empty()) {
    labels.erase(name);
  } else {
    labels.insert_or_assign(name, std::move(value));
  }
}

std::string joined(const LabelSet& labels, const RelabelRule& rule) {
  std::string text;
  for (const std::string& name : rule.source_labels) {
    if (&name != &rule.source_labels.front()) text += rule.separator;
    text += label_value(labels, name);
  }
  return text;
}

void replace(LabelSet& labels, const RelabelRule& rule, const re2::RE2& pattern, std::string_view source) {
  const Groups groups = match(pattern, source);
  if (groups.empty()) return;
  const std::string name = expanded(rule.target_label, pattern, groups);
  if (is_label_name(name)) set(labels, name, expanded(rule.replacement, pattern, groups));
}

void map_labels(LabelSet& labels, const RelabelRule& rule, const re2::RE2& pattern) {
  const LabelSet before = labels;
  for (const auto& [name, value] : before) {
    const Groups groups = match(pattern, name);
    if (groups.empty()) continue;
    const std::string to = expanded(rule.replacement, pattern, groups);
    if (is_label_name(to)) set(labels, to, value);
  }
}

// As Prometheus has it: the last eight bytes of the MD5 sum, the most significant one first.
std::uint64_t hash_of(std::string_view text) {
  constexpr std::size_t kFirst = 8;
  std::uint64_t hash = 0;
  for (const char byte : wire::digest(wire::DigestAlgorithm::md5, text).substr(kFirst)) {
    hash = hash << 8 | static_cast<unsigned char>(byte);
  }
  return hash;
}

std::string uppered(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// The name after a '$', and what follows; an empty name: the '$' stands for itself.
std::pair<std::string_view, std::string_view> take_name(std::string_view text) {
  const bool is_braced = text.starts_with('{');
  const std::string_view inside = is_braced ? text.substr(1) : text;
  const auto end =
      std::min(static_cast<std::size_t>(std::ranges::find_if_not(inside, is_word) - inside.begin()), inside.size());
  const std::string_view rest = inside.substr(end);
  if (end == 0 || (is_braced && !rest.starts_with('}'))) return {{}, text};
  return {inside.substr(0, end), is_braced ? rest.substr(1) : rest};
}

std::string_view group_of(std::string_view name, const re2::RE2& pattern, const Groups& groups) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  const bool is_index = end == name.data() + name.size() && error == std::errc() && (name == "0" || name[0] != '0');
  if (!is_index) {
    const auto named = pattern.NamedCapturingGroups().find(std::string(name));
    if (named == pattern.NamedCapturingGroups().end()) return {};
    index = static_cast<std::size_t>(named->second);
  }
  return index < groups.size() ? groups[index] : std::string_view();
}

}  // namespace

std::string_view label_value(const LabelSet& labels, std::string_view name) {
  const auto found = labels.find(name);
  return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

std::string expanded(std::string_view text, const re2::RE2& pattern, const std::vector<std::string_view>& groups) {
  std::string result;
  for (auto dollar = text.find('$'); dollar != std::string_view::npos; dollar = text.find('$')) {
    result += text.substr(0, dollar);
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      result += '$';
      text.remove_prefix(1);
      continue;
    }
    const auto [name, rest] = take_name(text);
    if (name.empty()) {
      result += '$';
    } else {
      result += group_of(name, pattern, groups);
    }
    text = rest;
  }
  return result += text;
}

struct Relabelling::Step {
  RelabelRule rule;
  std::unique_ptr<const re2::RE2> pattern;

  bool apply(LabelSet& labels) const {
    const std::string source = joined(labels, rule);
    const auto matches = [&](const std::string& text) { return re2::RE2::FullMatch(text, *pattern); };
    switch (rule.action) {
      case RelabelAction::replace: replace(labels, rule, *pattern, source); return true;
      case RelabelAction::keep: return matches(source);
      case RelabelAction::drop: return !matches(source);
      case RelabelAction::keepequal: return label_value(labels, rule.target_label) == source;
      case RelabelAction::dropequal: return label_value(labels, rule.target_label) != source;
      case RelabelAction::labelmap: map_labels(labels, rule, *pattern); return true;
      case RelabelAction::labeldrop:
        std::erase_if(labels, [&](const auto& label) { return matches(label.first); });
        return true;
      case RelabelAction::labelkeep:
        std::erase_if(labels, [&](const auto& label) { return !matches(label.first); });
        return true;
      case RelabelAction::hashmod:
        set(labels, rule.target_label, std::to_string(hash_of(source) % rule.modulus));
        return true;
      case RelabelAction::lowercase: set(labels, rule.target_label, wire::lowered(source)); return true;
      case RelabelAction::uppercase: set(labels, rule.target_label, uppered(source)); return true;
    }
    return true;
  }
};

Relabelling::Relabelling(const std::vector<RelabelRule>& rules) {
  // Prometheus's options: '.' matches a line break.
  for (const RelabelRule& rule : rules) {
    steps_.push_back({rule, std::make_unique<const re2::RE2>("(?s:" + rule.regex + ')', re2::RE2::Quiet)});
  }
}

Relabelling::~Relabelling() = default;

bool Relabelling::apply(LabelSet& labels) const {
  return std::ranges::all_of(steps_, [&](const Step& step) { return step.apply(labels); });
}

}  // namespace authprobe::config
