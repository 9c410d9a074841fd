#include "exporter/config/field.h"

#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "exporter/config/quantity.h"
#include "exporter/wire/secret_name.h"

namespace authprobe::config {
namespace {

// A key as findings show it. A key with unusual characters may be a secret in the wrong place: only its plain beginning
// is shown.
std::string shown(std::string_view key) {
  constexpr std::size_t kLongest = 128;
  const auto plain = std::find_if(key.begin(), key.end(),
                                  [](unsigned char c) { return !std::isalnum(c) && c != '_' && c != '-' && c != '.'; });
  if (plain != key.end() || key.empty() || key.size() > kLongest) {
    return '"' + std::string(key.substr(0, std::min<std::size_t>(static_cast<std::size_t>(plain - key.begin()), 32))) +
           "...\"";
  }
  return key.find('.') == std::string_view::npos ? std::string(key) : '"' + std::string(key) + '"';
}

std::string listed(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += '"' + std::string(words[i]) + '"';
  }
  return text;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

bool is_json_pointer(std::string_view text) {
  if (!text.empty() && text.front() != '/') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '~' && (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1'))) return false;
  }
  return true;
}

bool has_secret_parameter(std::string_view query) {
  while (!query.empty()) {
    if (wire::is_secret_name(wire::take_parameter(query).name)) return true;
  }
  return false;
}

}  // namespace

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::isalnum(static_cast<unsigned char>(text.front())) &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-' || c == '.'; });
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

std::string Field::path() const {
  if (parent_ == nullptr) return "";
  const std::string way = parent_->path();
  if (std::holds_alternative<Array>(parent_->value_->data)) return way + '[' + std::to_string(index_) + ']';
  return way.empty() ? shown(key_) : way + '.' + shown(key_);
}

void Field::error(std::string rule, std::string hint) const {
  context_->findings.error(position(), path(), std::move(rule), std::move(hint));
}

void Field::warning(std::string rule, std::string hint) const {
  context_->findings.warning(position(), path(), std::move(rule), std::move(hint));
}

Field Field::child(const Entry& entry) const {
  Field field(entry.value, *context_);
  field.parent_ = this;
  field.key_ = entry.key;
  return field;
}

std::optional<Field> Field::child(std::string_view key) const {
  const Table* entries = std::get_if<Table>(&value_->data);
  if (entries == nullptr) return std::nullopt;
  for (const Entry& entry : *entries) {
    if (entry.key == key) return child(entry);
  }
  return std::nullopt;
}

const Table* Field::table() const {
  const Table* entries = std::get_if<Table>(&value_->data);
  if (entries == nullptr) error("must be a table");
  return entries;
}

std::vector<Field> Field::elements() const {
  const Array* array = std::get_if<Array>(&value_->data);
  if (array == nullptr) return {*this};
  std::vector<Field> fields;
  for (const Value& value : *array) {
    Field field(value, *context_);
    field.parent_ = this;
    field.index_ = fields.size();
    fields.push_back(field);
  }
  return fields;
}

std::optional<std::string> Field::text() const {
  if (const auto* text = std::get_if<std::string>(&value_->data)) return *text;
  error("must be a string");
  return std::nullopt;
}

std::optional<std::string> Field::line() const {
  std::optional<std::string> line = text();
  if (line && has_control_character(*line)) {
    error("must not contain line breaks or other control characters");
    return std::nullopt;
  }
  return line;
}

std::optional<std::string> Field::name() const {
  std::optional<std::string> name = text();
  if (name && !name->empty() && !is_name(*name)) {
    error(std::string(kNameRule));
    return std::nullopt;
  }
  return name;
}

std::optional<std::string> Field::token() const {
  std::optional<std::string> token = text();
  if (token && !is_token(*token)) {
    error("must be a token: letters, digits and !#$%&'*+-.^_`|~");
    return std::nullopt;
  }
  return token;
}

std::optional<Pattern> Field::pattern() const {
  const std::optional<std::string> text = this->text();
  if (!text) return std::nullopt;
  ScopedPatterns* const scoped = context_->scoped;
  if (const std::string problem = scoped != nullptr ? scoped->admit(*text) : ""; !problem.empty()) {
    error(problem);
    return std::nullopt;
  }
  const Pattern& pattern =
      context_->patterns.get(*text, scoped != nullptr ? ScopedPatterns::kMemory : Pattern::kMemory);
  const std::string problem = pattern.problem();
  if (problem.empty()) return pattern;
  error("must be an RE2 pattern: " + problem, "literal strings in '...' need no doubled backslashes");
  return std::nullopt;
}

std::optional<std::string> Field::pattern_text() const {
  const auto pattern = this->pattern();
  return pattern ? std::optional(pattern->text()) : std::nullopt;
}

std::optional<std::string> Field::file_path() const {
  std::optional<std::string> text = line();
  if (!text || text->empty()) return text;
  return (std::filesystem::path(context_->file).parent_path() / *text).string();
}

std::optional<wire::Url> Field::url_without_secrets(const UrlHints& hints) const {
  std::optional<std::string> text = this->text();
  if (!text) return std::nullopt;
  wire::UrlProblem problem;
  std::optional<wire::Url> url = wire::Url::parse(std::move(*text), problem);
  if (url && url->has_userinfo()) problem = {"must not contain user info", "use a credential"};
  if (url && url->has_fragment()) {
    problem = {"must not contain a fragment", "a fragment is never sent; %23 is a literal #"};
  }
  if (!problem.rule.empty()) {
    error(problem.rule, problem.hint);
    return std::nullopt;
  }
  if (has_secret_parameter(url->query())) warning("seems to have a secret in its query", hints.query);
  if (url->path_looks_secret()) warning("seems to have a secret in its path", hints.path);
  return url;
}

std::optional<wire::Url> Field::web_url() const {
  const std::string hint = "servers and proxies log URLs: send the secret in a header, in the body, or as a credential";
  return url_without_secrets({hint, hint});
}

std::optional<wire::Url> Field::target_url() const {
  return url_without_secrets({"use a credential of kind \"api_key\" with query",
                              "put {key} in its place, and use a credential of kind \"url_path\""});
}

std::optional<std::string> Field::link() const {
  const auto url = web_url();
  return url ? std::optional(url->text()) : std::nullopt;
}

std::optional<std::string> Field::pointer() const {
  std::optional<std::string> pointer = text();
  if (!pointer || is_json_pointer(*pointer)) return pointer;
  error("must be a JSON pointer (RFC 6901)", "such as \"/data/0/ok\"; ~0 stands for ~ and ~1 for /");
  return std::nullopt;
}

std::optional<bool> Field::boolean() const {
  if (const bool* boolean = std::get_if<bool>(&value_->data)) return *boolean;
  error("must be true or false");
  return std::nullopt;
}

std::optional<std::int64_t> Field::integer(std::int64_t least, std::int64_t most) const {
  const auto* number = std::get_if<std::int64_t>(&value_->data);
  if (number != nullptr && least <= *number && *number <= most) return *number;
  error("must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<Duration> Field::duration(Duration least, Duration most) const {
  const auto* text = std::get_if<std::string>(&value_->data);
  const std::optional<Duration> duration = text != nullptr ? parse_duration(*text) : std::nullopt;
  if (!duration) {
    error("must be a duration", R"(a string such as "15s", "1m30s", "500ms" or "14d")");
    return std::nullopt;
  }
  if (least <= *duration && *duration <= most) return duration;
  error("must be from " + format_duration(least) + " to " + format_duration(most));
  return std::nullopt;
}

std::optional<std::uint64_t> Field::size(std::uint64_t least, std::uint64_t most) const {
  std::optional<std::uint64_t> bytes;
  if (const auto* text = std::get_if<std::string>(&value_->data)) bytes = parse_size(*text);
  if (!bytes) {
    error("must be a size", R"(a string such as "512KiB" or "10MiB")");
    return std::nullopt;
  }
  if (least <= *bytes && *bytes <= most) return bytes;
  error("must be from " + format_size(least) + " to " + format_size(most));
  return std::nullopt;
}

std::optional<std::size_t> Field::choice_index(const std::vector<std::string_view>& words) const {
  const auto* text = std::get_if<std::string>(&value_->data);
  for (std::size_t i = 0; text != nullptr && i < words.size(); ++i) {
    if (words[i] == *text) return i;
  }
  const bool is_number =
      std::holds_alternative<std::int64_t>(value_->data) || std::holds_alternative<double>(value_->data);
  std::string hint;
  if (text != nullptr) hint = did_you_mean(*text, words);
  if (is_number) hint = "write it in quotes";
  error("must be " + listed(words), std::move(hint));
  return std::nullopt;
}

void Field::unknown(const Entry& entry, const std::vector<std::string_view>& known) const {
  constexpr std::size_t kListed = 8;
  std::string hint = did_you_mean(entry.key, known);
  if (hint.empty() && std::holds_alternative<Table>(entry.value.data) && parent_ != nullptr) {
    hint = "write names with dots in quotes";
  }
  if (hint.empty() && known.size() <= kListed) hint = "known keys: " + listed(known);
  context_->findings.error({context_->file, entry.line, entry.column}, child(entry).path(), "unknown key",
                           std::move(hint));
}

}  // namespace authprobe::config
