// The cheap question that is asked of every successful probe.
#include <algorithm>

#include "exporter/diagnosis/body_clues.h"
#include "exporter/diagnosis/standards.h"

namespace authprobe::diagnosis {
namespace {

// An error document is short, and says so at its start; a long answer is looked at no further than this.
constexpr std::size_t kLookedAt = 2048;
constexpr std::size_t kEndLookedAt = 512;  // GraphQL may put errors behind its data
constexpr std::size_t kSmallPage = 4096;

constexpr std::size_t kLongestKey = 32;

// What stands behind the JSON key whose name goes on at `rest`; empty where no key ends there soon.
std::string_view value_behind(std::string_view rest) {
  const std::size_t quote = rest.substr(0, kLongestKey).find('"', 1);
  if (quote == std::string_view::npos) return {};
  rest.remove_prefix(quote + 1);
  const std::size_t colon = rest.find_first_not_of(" \t\r\n");
  if (colon == std::string_view::npos || rest[colon] != ':') return {};
  rest.remove_prefix(colon + 1);
  const std::size_t value = rest.find_first_not_of(" \t\r\n");
  return value == std::string_view::npos ? std::string_view{} : rest.substr(value);
}

bool begins_with_any(std::string_view text, std::span<const std::string_view> beginnings) {
  return std::ranges::any_of(beginnings, [&](std::string_view beginning) { return text.starts_with(beginning); });
}

// `"error": null` and its like: the place for an error is there, and no error.
bool no_error(std::string_view value) {
  static constexpr std::array<std::string_view, 6> kNothing = {"null", "false", "[]", "{}", "\"\"", "0"};
  return begins_with_any(value, kNothing);
}

// `"status": "ok"` and its like: most healthy answers say so. What stands inside an object or a list is looked at
// anyway.
bool all_is_well(std::string_view value) {
  static constexpr std::array<std::string_view, 22> kWell = {
      "true",      "null",     "{",       "[",         "0",       "200",    "201",       "204",
      "\"ok",      "\"OK",     "\"Ok",    "\"up",      "\"UP",    "\"pass", "\"success", "\"SUCCESS",
      "\"healthy", "\"active", "\"ready", "\"running", "\"green", "\"200"};
  return begins_with_any(value, kWell);
}

// A key such as `"status"` goes on at `rest`, and its value is none of the healthy ones. As a value, the word says
// nothing.
bool says_otherwise(std::string_view rest) {
  const std::string_view value = value_behind(rest);
  return !value.empty() && !all_is_well(value);
}

// Every form of error that built_like_error() knows has one of these in it, and so does every login page. One pass: the
// character where a hint may begin decides which are compared, and a key's value whether it is one.
bool has_hint(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    switch (text[i]) {
      case '"':
        if (rest.starts_with("\"err") && !no_error(value_behind(rest))) return true;
        if ((rest.starts_with("\"ok\"") || rest.starts_with("\"stat") || rest.starts_with("\"cod")) &&
            says_otherwise(rest))
          return true;
        break;
      case 'r':
        if ((rest.starts_with("rror") || rest.starts_with("rrcode") || rest.starts_with("rrCode") ||
             rest.starts_with("rrmsg")) &&
            !no_error(value_behind(rest)))
          return true;
        break;
      case 'e':
        if ((rest.starts_with("etCode") || rest.starts_with("etcode") || rest.starts_with("esult")) &&
            says_otherwise(rest))
          return true;
        break;
      case 'E':
        if (rest.starts_with("ERROR") || rest.starts_with("Exception") || rest.starts_with("Err")) return true;
        break;
      case 'u':
        if (rest.starts_with("uccess") && says_otherwise(rest)) return true;
        if (rest.starts_with("uthenticated")) return true;
        break;
      case 'a':
        if (rest.starts_with("ault") || rest.starts_with("assword")) return true;
        break;
      case 'C':
        if (rest.starts_with("Code\"") && says_otherwise(rest)) return true;
        break;
      default: break;
    }
  }
  return false;
}

}  // namespace

bool may_hide_refusal(int status, std::span<const Header> headers, std::string_view body) {
  if (status >= 300 && status < 400) return !header_of(headers, "location").empty();
  if (status < 200 || status >= 300) return false;
  if (body.size() < kSmallPage && body.starts_with('<'))
    return true;  // firewalls' pages under a success code are short
  if (const std::string_view grpc = header_of(headers, "grpc-status"); !grpc.empty()) return grpc != "0";
  if (body.empty())
    return !header_of(headers, "x-amzn-waf-action").empty() || !header_of(headers, "cf-mitigated").empty();
  const std::string_view start = body.substr(0, kLookedAt);
  const std::string_view end = body.substr(std::max(start.size(), body.size() - std::min(body.size(), kEndLookedAt)));
  return has_hint(start) || has_hint(end);
}

}  // namespace authprobe::diagnosis
