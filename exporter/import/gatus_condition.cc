#include "exporter/import/gatus_condition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "exporter/config/toml_writer.h"
#include "exporter/wire/text.h"

namespace authprobe::importing {
namespace {

using config::quoted;

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The inside of name(...); nothing: it is none.
std::optional<std::string_view> inside(std::string_view text, std::string_view name) {
  if (!text.starts_with(name) || !text.substr(name.size()).starts_with('(') || !text.ends_with(')'))
    return std::nullopt;
  text.remove_prefix(name.size() + 1);
  text.remove_suffix(1);
  return text;
}

std::vector<std::string> listed(std::string_view text) {
  std::vector<std::string> parts;
  while (!text.empty()) parts.emplace_back(wire::take_part(text, ','));
  return parts;
}

// A pattern for the whole text: '*' stands for anything.
std::string pattern_of_glob(std::string_view glob) {
  std::string pattern = "(?s)^";
  while (true) {
    const std::size_t star = glob.find('*');
    pattern += pattern_of(glob.substr(0, star));
    if (star == std::string_view::npos) return pattern + '$';
    pattern += ".*";
    glob.remove_prefix(star + 1);
  }
}

// What a value must look like: pat(...), any(...), or the text itself.
std::string pattern_of_value(std::string_view value) {
  if (const auto glob = inside(value, "pat")) return pattern_of_glob(*glob);
  const auto choices = inside(value, "any");
  if (!choices) return '^' + pattern_of(value) + '$';
  std::string pattern;
  for (const std::string& choice : listed(*choices)) pattern += (pattern.empty() ? "^(" : "|") + pattern_of(choice);
  return pattern + ")$";
}

// ".data[0].id" as "/data/0/id"; nothing: it is no path.
std::optional<std::string> pointer_of(std::string_view path) {
  std::string pointer;
  for (const char c : path) {
    if (c == '*' || c == '"' || c == '\'' || c == ' ') return std::nullopt;
    if (c == '.' || c == '[') {
      if (!pointer.ends_with('/')) pointer += '/';
    } else if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else if (c != ']') {
      pointer += c;
    }
  }
  if (pointer.ends_with('/')) return std::nullopt;
  return pointer;
}

constexpr std::array<std::string_view, 6> kComparisons{" == ", " != ", " <= ", " >= ", " < ", " > "};

}  // namespace

std::string GatusConditions::add(std::string_view condition) {
  std::size_t at = std::string_view::npos;
  std::string_view comparison;
  for (const std::string_view one : kComparisons) {
    const std::size_t found = condition.find(one);
    if (found < at) {
      at = found;
      comparison = wire::trimmed(one);
    }
  }
  if (at == std::string_view::npos) return "it is no comparison";
  const std::string_view left = wire::trimmed(condition.substr(0, at));
  const std::string_view right = wire::trimmed(condition.substr(at + comparison.size() + 2));
  if (left == "[STATUS]") return add_status(comparison, right);
  if (left == "[RESPONSE_TIME]") return add_time(comparison, right);
  if (left == "[CONNECTED]") return comparison == "==" && right == "true" ? "" : "a target has to be reached";
  if (left == "[CERTIFICATE_EXPIRATION]") return "the alerts about server certificates say it for all targets";
  if (left.starts_with("[BODY]")) return add_body(left.substr(6), comparison, right);
  const auto present = inside(left, "has");
  if (present && present->starts_with("[BODY]")) return add_presence(present->substr(6), comparison, right);
  return "there is no such expectation";
}

std::string GatusConditions::add_status(std::string_view comparison, std::string_view value) {
  if (const auto choices = inside(value, "any"); choices && comparison == "==") {
    statuses_ = listed(*choices);
    return "";
  }
  const auto number = number_of(value);
  if (!number || comparison == "!=") return "expect.status says which statuses are expected";
  const int status = static_cast<int>(*number);
  if (comparison == "==" || comparison == ">=") least_ = std::max(least_, status);
  if (comparison == "==" || comparison == "<=") most_ = std::min(most_, status);
  if (comparison == ">") least_ = std::max(least_, status + 1);
  if (comparison == "<") most_ = std::min(most_, status - 1);
  return "";
}

std::string GatusConditions::add_time(std::string_view comparison, std::string_view value) {
  if (!comparison.starts_with('<')) return "expect.answer_within is a longest time";
  const bool has_unit = !number_of(value);
  within_ = std::string(value) + (has_unit ? "" : "ms");
  return "";
}

std::string GatusConditions::add_body(std::string_view path, std::string_view comparison, std::string_view value) {
  if (path.empty()) {
    if (comparison != "==") return "expect.body_matches says what the body must be like";
    patterns_.push_back(pattern_of_value(value));
    return "";
  }
  const auto pointer = pointer_of(path);
  if (!pointer) return "a JSON pointer has no such place";
  std::string check = "{ pointer = " + quoted(*pointer) + ", ";
  if (comparison == "==") {
    json_.push_back(check + "matches = " + quoted(pattern_of_value(value)) + " }");
    return "";
  }
  if (comparison == "!=" || !number_of(value)) return "expect.json compares with a value or a number";
  const std::string_view key = comparison == "<"    ? "less_than"
                               : comparison == "<=" ? "at_most"
                               : comparison == ">"  ? "more_than"
                                                    : "at_least";
  json_.push_back(check.append(key).append(" = ").append(value).append(" }"));
  return "";
}

std::string GatusConditions::add_presence(std::string_view path, std::string_view comparison, std::string_view value) {
  const auto pointer = pointer_of(path);
  const bool is_there = (comparison == "==") == (value == "true");
  if (!pointer || (value != "true" && value != "false")) return "a JSON pointer has no such place";
  json_.push_back("{ pointer = " + quoted(*pointer) + (is_there ? " }" : ", absent = true }"));
  return "";
}

void GatusConditions::finish(ImportedRequest& request) const {
  const auto as_it_is = [](const std::string& one) { return one; };
  if (!statuses_.empty()) {
    request.keys["expect.status"] = config::array_text(statuses_, status_text);
  } else if (least_ == most_) {
    request.keys["expect.status"] = std::to_string(least_);
  } else if (least_ != 200 || most_ != 299) {
    request.keys["expect.status"] = quoted(std::to_string(least_) + '-' + std::to_string(most_));
  }
  if (!patterns_.empty()) request.keys["expect.body_matches"] = config::array_text(patterns_, quoted);
  if (!json_.empty()) request.keys["expect.json"] = config::array_text(json_, as_it_is);
  if (!within_.empty()) request.keys["expect.answer_within"] = quoted(within_);
}

}  // namespace authprobe::importing
