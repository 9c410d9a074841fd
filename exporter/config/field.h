// A value of a file with its path from the root: readers ask it for a typed value, and it reports what is wrong.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/document.h"
#include "exporter/config/enum_names.h"
#include "exporter/config/findings.h"
#include "exporter/config/pattern.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::config {

// The file being read, and what the reading of all files shares.
struct ReadContext {
  const std::string& file;
  Findings& findings;
  Patterns& patterns;
  ScopedPatterns* scoped = nullptr;  // null: the file is trusted with any number of patterns
};

// A field has a pointer to its parent, so it must not outlive the parent. Every reading function returns nothing if the
// value has another type or breaks a rule, and has then reported it. No finding repeats a value.
class Field {
 public:
  Field(const Value& value, const ReadContext& context) : value_(&value), context_(&context) {}

  const Value& value() const { return *value_; }
  const ReadContext& context() const { return *context_; }
  std::string_view key() const { return key_; }
  Position position() const { return {context_->file, value_->line, value_->column}; }
  std::string path() const;  // targets.billing.expect.headers[0].name

  void error(std::string rule, std::string hint = "") const;
  void warning(std::string rule, std::string hint = "") const;

  Field child(const Entry& entry) const;
  std::optional<Field> child(std::string_view key) const;
  const Table* table() const;           // null, and reported, if it is not a table
  std::vector<Field> elements() const;  // of an array; a single value counts as an array of one

  std::optional<std::string> text() const;
  std::optional<std::string> line() const;   // text without control characters; may be empty
  std::optional<std::string> name() const;   // a valid name of a target or credential; may be empty
  std::optional<std::string> token() const;  // RFC 9110: a method or the name of a header
  std::optional<Pattern> pattern() const;    // RE2
  std::optional<std::string> pattern_text() const;
  std::optional<std::string> file_path() const;  // a relative one starts at the folder of the file being read
  std::optional<wire::Url> web_url() const;      // without user info and fragment; warns of secrets in it
  std::optional<wire::Url> target_url() const;   // the same, with the keys that a target has for such secrets
  std::optional<std::string> link() const;       // the text of such a URL
  std::optional<std::string> pointer() const;    // RFC 6901; may be empty: the whole document
  std::optional<bool> boolean() const;
  std::optional<std::int64_t> integer(std::int64_t least, std::int64_t most) const;
  std::optional<Duration> duration(Duration least, Duration most) const;
  std::optional<std::uint64_t> size(std::uint64_t least, std::uint64_t most) const;

  template <typename Words>
  auto choice(const Words& choices) const -> std::optional<typename Words::value_type::second_type> {
    std::vector<std::string_view> words;
    for (const auto& [word, meaning] : choices) words.push_back(word);
    const std::optional<std::size_t> index = choice_index(words);
    if (!index) return std::nullopt;
    return choices[*index].second;
  }

  // Reports an unknown key of this table.
  void unknown(const Entry& entry, const std::vector<std::string_view>& known) const;

 private:
  // What to do instead, where a URL has a secret.
  struct UrlHints {
    std::string query, path;
  };
  std::optional<wire::Url> url_without_secrets(const UrlHints& hints) const;
  std::optional<std::size_t> choice_index(const std::vector<std::string_view>& words) const;

  const Value* value_;
  const ReadContext* context_;
  const Field* parent_ = nullptr;
  std::string_view key_;  // empty: the root, or an element of an array
  std::size_t index_ = 0;
};

// True if a text may be the name of a target or a credential: it is a label value and a part of paths.
bool is_name(std::string_view text);
inline constexpr std::string_view kNameRule =
    "must be 1 to 128 letters, digits, '_', '-' and '.', the first a letter or digit";

// RFC 9110, section 5.6.2.
bool is_token(std::string_view text);

// Compared like the names of headers.
template <std::size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view n) { return wire::equal_ignoring_case(n, name); });
}

// Assigns the value; if nothing was read, `into` does not change.
template <typename T, typename U>
void assign(const std::optional<T>& value, U& into) {
  if (value) into = static_cast<U>(*value);
}

}  // namespace authprobe::config
