#include "exporter/diagnosis/tiny_failure.h"

#include <algorithm>
#include <array>
#include <string>

#include "exporter/diagnosis/document_keys.h"
#include "exporter/diagnosis/statement.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::size_t kFewFields = 6;

bool at_top(const Field& field) {
  return unwrapped(field.path).find('.') == std::string_view::npos;
}

// The level of a log's line is no outcome.
bool is_word_of_failure(const Field& field) {
  static constexpr std::array<std::string_view, 4> kOfLogs = {"level", "lvl", "severity", "type"};
  return field.is_string && at_top(field) && !is_one_of(field.key(), kOfLogs) && says_failure(field.value);
}

bool is_flag(std::string_view key) {
  static constexpr std::array<std::string_view, 14> kFlags = {
      "ok",   "isok",   "is_ok", "success", "succeeded", "login",     "status",
      "done", "result", "flag",  "auth",    "loggedin",  "logged_in", "authenticated"};
  return is_one_of(key, kFlags);
}

// A name of a service's own for such a flag: "transactionStatus", which a word or a number may mean anything of.
bool is_named_flag(std::string_view key) {
  return key.ends_with("status") || key.ends_with("success");
}

// A flag of the outcome that is down: {"isOk": false}; in XML all is text, and a status of "0" is often a good one.
bool is_flag_down(const Field& field) {
  if (!at_top(field)) return false;
  if (field.value == "false") return is_flag(field.key()) || (!field.is_string && is_named_flag(field.key()));
  return field.value == "0" && is_flag(field.key()) && (!field.is_string || field.key() == "success");
}

// {"failure": {"kind": ...}}, {"e": {"t": ...}}
bool is_of_a_failure(const Field& field) {
  const std::string_view path = unwrapped(field.path);
  const std::string_view root = root_of(path);
  return root.size() < path.size() && (root.starts_with("fail") || root == "e" || root == "fault");
}

// The key whose value stands behind `colon`.
std::string_view key_before(std::string_view text, std::size_t colon) {
  const std::size_t end = text.rfind('"', colon);
  if (end == std::string_view::npos || end == 0) return {};
  const std::size_t start = text.rfind('"', end - 1);
  return start == std::string_view::npos ? std::string_view{}
                                         : text.substr(start + 1, std::min<std::size_t>(end - start - 1, 32));
}

// Of JSON, by the first characters of its values alone: false, 0, "error", "Failed", "rejected", an object of a
// failure.
bool has_value_of_failure(std::string_view text) {
  for (std::size_t colon = text.find(':'); colon != std::string_view::npos; colon = text.find(':', colon + 1)) {
    const std::size_t value = text.find_first_not_of(" \t\r\n", colon + 1);
    if (value == std::string_view::npos || value + 1 == text.size()) return false;
    const char first = text[value];
    if (first == 'f' || first == '0') {
      const std::string key = wire::lowered(key_before(text, colon));
      if (is_flag(key) || (first == 'f' && is_named_flag(key))) return true;
    }
    if (first == '"' && std::string_view("EeFfRrKkNn").find(text[value + 1]) != std::string_view::npos) return true;
    if (first == '{' && text.substr(0, colon).ends_with("e\"")) return true;
  }
  return false;
}

bool has_several_words(const Field& field) {
  return field.is_string && field.value.find("://") == std::string::npos &&
         words_of(field.value).find(' ') != std::string::npos;
}

}  // namespace

bool is_tiny_failure(const Body& body) {
  if (body.fields.size() > kFewFields || body.rows > 1 || !body.text.empty()) return false;
  const bool failed = std::ranges::any_of(body.fields, [](const Field& field) {
    return is_word_of_failure(field) || is_flag_down(field) || is_of_a_failure(field);
  });
  return failed && std::ranges::any_of(body.fields, has_several_words);
}

bool may_be_tiny_failure(std::string_view text) {
  if (text.size() >= kTinyDocument || !text.starts_with('{') || !has_value_of_failure(text)) return false;
  static constexpr std::array<std::string_view, 10> kWords = {"xpired",    "valid", "spended", "isabled", "locked",
                                                              "ermission", "match", "imit",    "llowed",  "rong"};
  return has_part(text, kWords);
}

}  // namespace authprobe::diagnosis
