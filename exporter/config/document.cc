#include "exporter/config/document.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace authprobe::config {
namespace {

Value converted(toml::node& node);

Table converted_entries(toml::table& table) {
  Table entries;
  entries.reserve(table.size());
  for (auto&& [key, node] : table) {
    const toml::source_position at = key.source().begin;
    entries.push_back({std::string(key.str()), at.line, at.column, converted(node)});
  }
  return entries;
}

std::chrono::sys_days to_days(const toml::date& date) {
  return std::chrono::year(date.year) / date.month / date.day;
}

std::chrono::seconds to_seconds(const toml::time& time) {
  return std::chrono::hours(time.hour) + std::chrono::minutes(time.minute) + std::chrono::seconds(time.second);
}

void convert_date_time(const toml::date_time& date_time, Value& into) {
  if (!date_time.offset) {
    into.data = LocalDateTime{};
    return;
  }
  into.data = std::chrono::sys_seconds(to_days(date_time.date) + to_seconds(date_time.time) -
                                       std::chrono::minutes(date_time.offset->minutes));
}

// Moves the text out of `node`: the tree is not used again.
Value converted(toml::node& node) {
  Value value;
  value.line = node.source().begin.line;
  value.column = node.source().begin.column;
  switch (node.type()) {
    case toml::node_type::table: value.data = converted_entries(*node.as_table()); break;
    case toml::node_type::array: {
      Array elements;
      for (toml::node& element : *node.as_array()) elements.push_back(converted(element));
      value.data = std::move(elements);
      break;
    }
    case toml::node_type::string: value.data = std::move(node.as_string()->get()); break;
    case toml::node_type::integer: value.data = node.as_integer()->get(); break;
    case toml::node_type::floating_point: value.data = node.as_floating_point()->get(); break;
    case toml::node_type::boolean: value.data = node.as_boolean()->get(); break;
    case toml::node_type::date: value.data = to_days(node.as_date()->get()); break;
    case toml::node_type::time: value.data = TimeOfDay{to_seconds(node.as_time()->get())}; break;
    case toml::node_type::date_time: convert_date_time(node.as_date_time()->get(), value); break;
    case toml::node_type::none: break;
  }
  return value;
}

// toml++ quotes the text that it could not parse, which may be a secret: only names of keys may stay.
std::string without_values(std::string_view description) {
  std::string text(description);
  if (const auto saw = text.find(", saw "); saw != std::string::npos) text.erase(saw);
  const bool names_key = text.find("cannot redefine") != std::string::npos;
  const auto quote = text.find(": '");
  if (!names_key && quote != std::string::npos) {
    const auto end = text.find("' ", quote);
    text = text.substr(0, quote) + ": the value" + (end == std::string::npos ? "" : text.substr(end + 1));
  }
  return text;
}

std::string syntax_hint(std::string_view description) {
  if (description.find("could not determine value type") != std::string_view::npos) return "write text in quotes";
  if (description.find("'true'") != std::string_view::npos || description.find("'false'") != std::string_view::npos) {
    return "write text in quotes";
  }
  return "";
}

// The text of a line (counted from 1) in `text`, and where it begins.
std::string_view line_at(std::string_view text, std::uint32_t line, std::size_t& begin) {
  begin = 0;
  for (std::uint32_t n = 1; n < line; ++n) {
    const auto end = text.find('\n', begin);
    if (end == std::string_view::npos) return {};
    begin = end + 1;
  }
  return text.substr(begin, text.find('\n', begin) - begin);
}

// "[targets.a]" of " [ targets.a ] # comment"; empty if the line is not a table header.
std::string header_of(std::string_view line) {
  std::string header;
  for (const char c : line.substr(0, line.find('#'))) {
    if (c != ' ' && c != '\t' && c != '\r') header += c;
  }
  return header.starts_with('[') && header.ends_with(']') ? header : "";
}

// The line of the first table with this header; 0: none.
std::uint32_t first_line_with(std::string_view text, const std::string& header) {
  std::uint32_t number = 1;
  for (std::size_t begin = 0; begin < text.size(); ++number) {
    const auto end = std::min(text.find('\n', begin), text.size());
    if (header_of(text.substr(begin, end - begin)) == header) return number;
    begin = end + 1;
  }
  return 0;
}

// Overwrites a table with spaces, from its header to the next one; lines stay where they are.
void blank_table(std::string& text, std::size_t begin) {
  auto end = text.find('\n', begin);
  while (end != std::string::npos &&
         header_of(std::string_view(text).substr(end + 1, text.find('\n', end + 1) - end - 1)).empty()) {
    end = text.find('\n', end + 1);
  }
  std::replace_if(
      text.begin() + static_cast<std::ptrdiff_t>(begin),
      end == std::string::npos ? text.end() : text.begin() + static_cast<std::ptrdiff_t>(end),
      [](char c) { return c != '\n'; }, ' ');
}

// Reports a table that is defined twice and removes the second one from `text`. False: another error.
bool take_out_duplicate(const toml::parse_error& error, std::string& text, const std::string& file,
                        Findings& findings) {
  if (error.description().find("cannot redefine existing table") == std::string_view::npos) return false;
  const toml::source_position at = error.source().begin;
  std::size_t begin = 0;
  const std::string header = header_of(line_at(text, at.line, begin));
  const std::uint32_t first = header.empty() ? 0 : first_line_with(text, header);
  if (first == 0 || first >= at.line) return false;
  findings.error({file, at.line, at.column}, header.substr(1, header.size() - 2),
                 "already defined at " + to_string(Position{file, first, 1}));
  blank_table(text, begin);
  return true;
}

// Behind the string that begins at `at`, or the end of the text.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string_view three = quote == '"' ? "\"\"\"" : "'''";
  const bool is_long = text.substr(at).starts_with(three);
  for (std::size_t i = at + (is_long ? 3 : 1); i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (is_long ? text.substr(i).starts_with(three) : text[i] == quote) {
      return i + (is_long ? 3 : 1);
    } else if (!is_long && text[i] == '\n') {
      return i;
    }
  }
  return text.size();
}

constexpr int kMostKeyParts = 16;

// The line of a key of too many parts, such as a.a.a.a: each part is a table in a table, which is read by recursion.
// What stands in strings and comments is no key. 0: there is none.
std::uint32_t line_of_a_deep_key(std::string_view text) {
  std::uint32_t line = 1;
  int dots = 0;
  bool is_in_key = false;  // the last character that counts is of a key's part
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '#') i = std::min(text.find('\n', i), text.size()) - 1;
    if (c == '"' || c == '\'') {
      const std::size_t end = end_of_string(text, i);
      line += static_cast<std::uint32_t>(std::ranges::count(text.substr(i, end - i), '\n'));
      i = end - 1;
      is_in_key = true;
    } else if (c == '.') {
      dots = is_in_key ? dots + 1 : 0;
      if (dots >= kMostKeyParts) return line;
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-') {
      is_in_key = true;
    } else if (c != ' ' && c != '\t') {
      dots = 0;
      is_in_key = false;
      if (c == '\n') ++line;
    }
  }
  return 0;
}

}  // namespace

std::optional<Value> parse_document(std::string_view text, const std::string& file, Findings& findings) {
  constexpr int kDuplicatesReported = 20;  // each costs a parse
  if (const std::uint32_t line = line_of_a_deep_key(text); line > 0) {
    findings.error({file, line, 1}, "", "has a key of more than " + std::to_string(kMostKeyParts) + " parts");
    return std::nullopt;
  }
  std::string remaining(text);
  for (int duplicates = 0;; ++duplicates) {
    try {
      toml::table root = toml::parse(std::string_view(remaining));
      return converted(root);
    } catch (const toml::parse_error& error) {
      if (duplicates < kDuplicatesReported && take_out_duplicate(error, remaining, file, findings)) continue;
      const toml::source_position at = error.source().begin;
      findings.error({file, at.line, at.column}, "", without_values(error.description()),
                     syntax_hint(error.description()));
      return std::nullopt;
    }
  }
}

}  // namespace authprobe::config
