#include "exporter/diagnosis/rule_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <stdexcept>

#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw std::runtime_error(where + ": " + why);
}

const toml::array kNone;

// The tables of [[name]], and nothing else at the top of the file, `other` apart.
const toml::array& entries(const toml::table& file, std::string_view name, std::string_view other = "words") {
  for (const auto& [key, value] : file) {
    if (key.str() == other) continue;
    if (key.str() != name)
      refuse(std::string(key.str()), "unknown key; the file consists of [[" + std::string(name) + "]]");
    if (!value.is_array_of_tables()) refuse(std::string(name), "must be written as [[" + std::string(name) + "]]");
    return *value.as_array();
  }
  return kNone;
}

// Reads one table and remembers which keys were asked for, so that a misspelt one is found.
class Entry {
 public:
  Entry(const toml::table& table, std::string where) : table_(table), where_(std::move(where)) {}

  const std::string& where() const { return where_; }

  std::string text(std::string_view key, bool required) {
    const toml::node* node = get(key);
    if (node == nullptr && !required) return {};
    if (node == nullptr || !node->is_string() || node->as_string()->get().empty())
      refuse(where_, std::string(key) + " must be a text");
    return node->as_string()->get();
  }
  bool flag(std::string_view key) {
    const toml::node* node = get(key);
    if (node != nullptr && !node->is_boolean()) refuse(where_, std::string(key) + " must be true or false");
    return node != nullptr && node->as_boolean()->get();
  }
  // A text, or an array of texts.
  std::vector<std::string> texts(std::string_view key) {
    std::vector<std::string> result;
    const toml::node* node = get(key);
    if (node == nullptr) return result;
    if (node->is_string()) return {node->as_string()->get()};
    if (!node->is_array()) refuse(where_, std::string(key) + " must be a text or a list of texts");
    for (const toml::node& item : *node->as_array()) {
      if (!item.is_string()) refuse(where_, std::string(key) + " must hold texts only");
      result.push_back(item.as_string()->get());
    }
    return result;
  }
  std::vector<int> numbers(std::string_view key) {
    std::vector<int> result;
    const toml::node* node = get(key);
    if (node == nullptr) return result;
    const auto add = [&](const toml::node& item) {
      if (!item.is_integer()) refuse(where_, std::string(key) + " must be a number or a list of numbers");
      result.push_back(static_cast<int>(item.as_integer()->get()));
    };
    if (node->is_array()) {
      for (const toml::node& item : *node->as_array()) add(item);
    } else {
      add(*node);
    }
    return result;
  }
  std::vector<std::pair<std::string, std::string>> pairs(std::string_view key) {
    std::vector<std::pair<std::string, std::string>> result;
    const toml::node* node = get(key);
    if (node == nullptr) return result;
    if (!node->is_table()) refuse(where_, std::string(key) + " must be a table of texts");
    for (const auto& [name, value] : *node->as_table()) {
      if (!value.is_string()) refuse(where_, std::string(key) + " must hold texts only");
      result.emplace_back(name.str(), value.as_string()->get());
    }
    return result;
  }
  // Empty where the key is not there.
  const toml::array& tables(std::string_view key) {
    const toml::node* node = get(key);
    if (node == nullptr) return kNone;
    if (!node->is_array_of_tables()) refuse(where_, std::string(key) + " must be a list of tables");
    return *node->as_array();
  }
  Cause cause() {
    const std::optional<Cause> cause = cause_from(text("cause", true));
    if (!cause) refuse(where_, "cause is not one of the known causes");
    return *cause;
  }
  Strength strength() {
    const std::string says = text("says", false);
    if (says.empty() || says == "names") return Strength::names;
    if (says == "suggests") return Strength::suggests;
    if (says == "hints") return Strength::hints;
    refuse(where_, "says must be names, suggests or hints");
  }
  void no_other_keys() const {
    for (const auto& [key, value] : table_) {
      if (std::ranges::find(asked_, key.str()) == asked_.end()) refuse(where_, "unknown key " + std::string(key.str()));
    }
  }

 private:
  const toml::node* get(std::string_view key) {
    asked_.push_back(key);
    return table_.get(key);
  }

  const toml::table& table_;
  std::string where_;
  std::vector<std::string_view> asked_;
};

toml::table parse(std::string_view text) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    throw std::runtime_error("line " + std::to_string(error.source().begin.line) + ": " +
                             std::string(error.description()));
  }
}

using RuleWords = std::vector<std::pair<std::string, std::string>>;

RuleWords words_of_file(const toml::table& file) {
  if (!file.contains("words")) return {};
  Entry entry(file, "[words]");
  return entry.pairs("words");
}

// <name> replaced by the pattern of that name.
std::string expanded(std::string pattern, const RuleWords& words) {
  for (const auto& [name, meaning] : words) {
    const std::string mark = "<" + name + ">";
    for (std::size_t at = pattern.find(mark); at != std::string::npos; at = pattern.find(mark, at + meaning.size())) {
      pattern.replace(at, mark.size(), meaning);
    }
  }
  return pattern;
}

// A key or header name stands for itself.
std::string literally(std::string_view literal) {
  std::string result;
  for (const char c : wire::lowered(literal)) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') result.push_back('\\');
    result.push_back(c);
  }
  return result;
}

SentCredential sent_from_word(const std::string& word, const std::string& where) {
  if (word.empty()) return SentCredential::unknown;
  const std::optional<SentCredential> sent = wire::sent_from(word);
  if (!sent) refuse(where, "sent is not one of the known credential kinds");
  return *sent;
}

std::vector<Signature::Example> examples_of(Entry& entry) {
  std::vector<Signature::Example> result;
  const toml::array& tables = entry.tables("examples");
  if (tables.empty()) refuse(entry.where(), "needs at least one example");
  for (const toml::node& node : tables) {
    Entry example(*node.as_table(), entry.where() + " example");
    const std::vector<int> status = example.numbers("status");
    if (status.size() != 1) refuse(example.where(), "needs one status");
    const std::string sent = example.text("sent", false);
    result.push_back(
        {status[0], example.pairs("headers"), example.text("body", false), sent_from_word(sent, example.where())});
    example.no_other_keys();
  }
  return result;
}

// "40301" or "7|8": a number that any other service may use for something else.
bool is_only_a_number(std::string_view pattern) {
  return pattern.find_first_not_of("0123456789|-()?:") == std::string_view::npos;
}

SignatureEntry signature_of(const toml::table& table) {
  Entry entry(table, "signature " + table["id"].value_or(std::string("without id")));
  SignatureEntry result;
  Signature& signature = result.signature;
  signature.id = entry.text("id", true);
  signature.vendor = signature.id.substr(0, signature.id.find('.'));
  if (signature.vendor.size() == signature.id.size()) refuse(entry.where(), "id must be vendor.name");
  signature.source = entry.text("source", true);
  signature.cause = entry.cause();
  signature.strength = entry.strength();
  signature.credential_seen = entry.flag("credential_seen");
  signature.no_credential_seen = entry.flag("no_credential_seen");
  signature.firm = entry.flag("firm");
  signature.statuses = entry.numbers("status");
  for (const std::string& pattern : entry.texts("body")) result.patterns.push_back("(?:" + pattern + ")");
  bool only_numbers = result.patterns.empty();
  for (const auto& [key, pattern] : entry.pairs("fields")) {
    only_numbers = only_numbers && is_only_a_number(pattern);
    result.patterns.push_back("(?m:^f:(?:[^=\\n]*\\.)?" + literally(key) + "=(?:" + pattern + ")$)");
  }
  for (const auto& [name, pattern] : entry.pairs("headers")) {
    result.patterns.push_back("(?m:^h:" + literally(name) + ": .*(?:" + pattern + "))");
    only_numbers = false;
  }
  if (only_numbers && !signature.firm) signature.strength = std::min(signature.strength, Strength::suggests);
  if (result.patterns.empty()) refuse(entry.where(), "needs at least one pattern in body, fields or headers");
  signature.examples = examples_of(entry);
  entry.no_other_keys();
  return result;
}

WordingEntry wording_of(const toml::table& table, std::size_t number, const RuleWords& words) {
  Entry entry(table, "rule " + std::to_string(number));
  WordingEntry result;
  result.rule.quiet = entry.flag("quiet");
  result.rule.of_data = entry.flag("of_data");
  result.rule.of_absence = entry.flag("of_absence");
  result.rule.of_other = entry.flag("of_other");
  result.rule.of_call = entry.flag("of_call");
  result.rule.of_caller = entry.flag("of_caller");
  result.rule.of_own = entry.flag("of_own");
  result.rule.of_page = entry.flag("of_page");
  result.rule.exclusive = entry.flag("exclusive");
  result.rule.vague = entry.flag("vague");
  result.rule.refused_only = entry.flag("refused_only");
  result.rule.of_backend = entry.flag("of_backend");
  const bool only_marks = (result.rule.of_data || result.rule.of_absence || result.rule.of_other ||
                           result.rule.of_call || result.rule.of_caller || result.rule.of_own) &&
                          !table.contains("cause");
  if (!result.rule.quiet && !only_marks) {
    result.rule.cause = entry.cause();
    result.rule.strength = entry.strength();
  }
  result.rule.ambiguous = entry.flag("ambiguous");
  result.rule.credential_seen = entry.flag("credential_seen");
  result.rule.no_credential_seen = entry.flag("no_credential_seen");
  for (std::string& pattern : entry.texts("text")) result.patterns.push_back(expanded(std::move(pattern), words));
  result.rule.examples = entry.texts("examples");
  if (result.patterns.empty()) refuse(entry.where(), "needs text");
  if (result.rule.examples.empty()) refuse(entry.where(), "needs examples");
  entry.no_other_keys();
  return result;
}

// The bits of the ideas that `names` names.
std::uint64_t bits_of(const std::vector<std::string>& names, const PhraseFile& file, const std::string& where) {
  std::uint64_t bits = 0;
  for (const std::string& name : names) {
    const auto idea = std::ranges::find(file.ideas, name, &PhraseFile::Idea::name);
    if (idea == file.ideas.end()) refuse(where, "no idea is called " + name);
    bits |= std::uint64_t{1} << (idea - file.ideas.begin());
  }
  return bits;
}

Phrase phrase_from(const toml::table& table, const PhraseFile& file) {
  Entry entry(table, "phrase " + std::to_string(file.phrases.size() + 1));
  Phrase phrase;
  phrase.cause = entry.cause();
  phrase.of = bits_of(entry.texts("of"), file, entry.where());
  phrase.without = bits_of(entry.texts("without"), file, entry.where());
  phrase.of_data = entry.flag("of_data");
  phrase.credential_seen = entry.flag("credential_seen");
  phrase.examples = entry.texts("examples");
  if (phrase.of == 0) refuse(entry.where(), "needs ideas in of");
  if (phrase.examples.empty()) refuse(entry.where(), "needs examples");
  entry.no_other_keys();
  return phrase;
}

}  // namespace

PhraseFile read_phrase_file(std::string_view toml) {
  constexpr std::size_t kMostIdeas = 64;
  const toml::table file = parse(toml);
  PhraseFile result;
  for (const toml::node& node : entries(file, "idea", "phrase")) {
    Entry entry(*node.as_table(), "idea " + std::to_string(result.ideas.size() + 1));
    result.ideas.push_back({entry.text("name", true), entry.texts("words")});
    entry.no_other_keys();
    if (result.ideas.size() > kMostIdeas) refuse(entry.where(), "no more than 64 ideas");
  }
  for (const toml::node& node : entries(file, "phrase", "idea")) {
    result.phrases.push_back(phrase_from(*node.as_table(), result));
  }
  return result;
}

std::vector<WordingEntry> read_wording_file(std::string_view toml) {
  const toml::table file = parse(toml);
  std::vector<WordingEntry> result;
  const RuleWords words = words_of_file(file);
  for (const toml::node& node : entries(file, "rule")) {
    result.push_back(wording_of(*node.as_table(), result.size() + 1, words));
  }
  return result;
}

std::vector<SignatureEntry> read_signature_file(std::string_view toml) {
  const toml::table file = parse(toml);
  std::vector<SignatureEntry> result;
  for (const toml::node& node : entries(file, "signature")) result.push_back(signature_of(*node.as_table()));
  return result;
}

std::vector<SignatureEntry> read_provider_signatures(std::string_view provider, std::string_view toml) {
  std::string vendor(provider);
  std::ranges::replace(vendor, '-', '_');
  const toml::table file = parse(toml);
  std::vector<SignatureEntry> result;
  for (const toml::node& node : Entry(file, std::string(provider)).tables("signatures")) {
    result.push_back(signature_of(*node.as_table()));
    const Signature& signature = result.back().signature;
    if (signature.vendor != vendor) refuse("signature " + signature.id, "id must begin with " + vendor + ".");
  }
  return result;
}

int add_pattern(PatternSet& set, std::string_view pattern, const std::string& where) {
  std::string error;
  const int index = set.add(pattern, error);
  if (index < 0) refuse(where, error);
  return index;
}

}  // namespace authprobe::diagnosis
