// The cheap question that is asked of every successful probe.
#include <algorithm>
#include <array>

#include "exporter/diagnosis/body_clues.h"
#include "exporter/diagnosis/standards.h"

namespace authprobe::diagnosis {
namespace {

// An error document is short, and says so at its start; a long answer is looked at no further than this.
constexpr std::size_t kLookedAt = 2048;
constexpr std::size_t kEndLookedAt = 512;  // GraphQL may put errors behind its data
constexpr std::size_t kSmallPage = 4096;

constexpr std::size_t kBareMessage = 256;

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

// 0, 200, 201 and 204 are good outcomes; 2007 is not.
bool is_good_number(std::string_view value) {
  const std::size_t digits = std::min(value.find_first_not_of("0123456789"), value.size());
  const std::string_view number = value.substr(0, digits);
  return number == "0" || number == "200" || number == "201" || number == "204";
}

// `"status": "ok"` and its like: most healthy answers say so. What stands inside an object or a list is looked at
// anyway.
bool all_is_well(std::string_view value) {
  static constexpr std::array<std::string_view, 18> kWell = {
      "true",   "null",      "{",         "[",         "\"ok",     "\"OK",    "\"Ok",      "\"up",    "\"UP",
      "\"pass", "\"success", "\"SUCCESS", "\"healthy", "\"active", "\"ready", "\"running", "\"green", "\"200"};
  return is_good_number(value) || begins_with_any(value, kWell);
}

// A key such as `"status"` goes on at `rest`, and its value is none of the healthy ones. As a value, the word says
// nothing.
bool says_otherwise(std::string_view rest) {
  const std::string_view value = value_behind(rest);
  return !value.empty() && !all_is_well(value);
}

// Whether a hint may begin with this character: nine of ten cannot, and are passed over in two instructions.
constexpr bool may_begin_hint(char c) {
  constexpr std::array<std::uint64_t, 2> kBeginnings = [] {
    std::array<std::uint64_t, 2> bits{};
    for (const char beginning : {'"', 'r', 'e', 'E', 'u', 'a', 'C'}) {
      bits[static_cast<std::size_t>(beginning) / 64] |= std::uint64_t{1} << (static_cast<std::size_t>(beginning) % 64);
    }
    return bits;
  }();
  const auto code = static_cast<unsigned char>(c);
  return code < 128 && (kBeginnings[code / 64] >> (code % 64) & 1) != 0;
}

// A small document with a message and nothing that is known of the outcome, or a line of plain text: the few words that
// a refusal needs are looked for.
bool may_be_bare_message(std::string_view text) {
  static constexpr std::array<std::string_view, 12> kParts = {
      "nvalid", "ncorrect", "rong ", "issing", "enied", "imit", "uota", "llowed", "uthen", "uthor", "xceed", "requen"};
  return std::ranges::any_of(kParts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

// Keys of the message in a document that has nothing else to go by.
constexpr std::array<std::string_view, 8> kMessageKeys = {"\"mess", "\"msg",  "\"Mess", "\"Msg",
                                                          "\"desc", "\"deta", "\"Note", "\"Info"};

// A few words of plain text.
bool is_line(std::string_view body) {
  return body.size() < kBareMessage && !body.empty() && body[0] != '{' && body[0] != '[' && body[0] != '"' &&
         body.find(' ') != std::string_view::npos;
}

constexpr int pair_of(char first, char second) {
  return static_cast<unsigned char>(first) << 8 | static_cast<unsigned char>(second);
}

// Every form of error that built_like_error() knows has one of these in it, and so does every login page. One pass: the
// two characters where a hint may begin decide which are compared, and a key's value whether it is one.
bool has_hint(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (!may_begin_hint(text[i])) continue;
    const std::string_view rest = text.substr(i);
    switch (pair_of(text[i], text[i + 1])) {
      case pair_of('"', 'e'):
        if (rest.starts_with("\"err") && !no_error(value_behind(rest))) return true;
        break;
      case pair_of('"', 'o'):
        if (rest.starts_with("\"ok\"") && says_otherwise(rest)) return true;
        break;
      case pair_of('"', 'i'):
        if (rest.starts_with("\"info") && says_otherwise(rest)) return true;
        break;
      case pair_of('"', 'm'):
      case pair_of('"', 'M'):
      case pair_of('"', 'd'):
      case pair_of('"', 'N'):
      case pair_of('"', 'I'):
        if (text.size() < kBareMessage && begins_with_any(rest, kMessageKeys) && may_be_bare_message(text)) return true;
        break;
      case pair_of('"', 's'):
        if (rest.starts_with("\"stat") && says_otherwise(rest)) return true;
        break;
      case pair_of('"', 'c'):
        if (rest.starts_with("\"cod") && says_otherwise(rest)) return true;
        break;
      case pair_of('r', 'r'):
        if ((rest.starts_with("rror") || rest.starts_with("rrcode") || rest.starts_with("rrCode") ||
             rest.starts_with("rrmsg")) &&
            !no_error(value_behind(rest)))
          return true;
        break;
      case pair_of('e', 't'):
        if ((rest.starts_with("etCode") || rest.starts_with("etcode") || rest.starts_with("eturn")) &&
            says_otherwise(rest))
          return true;
        break;
      case pair_of('e', 's'):
        if (rest.starts_with("esult") && says_otherwise(rest)) return true;
        break;
      case pair_of('E', 'R'):
        if (rest.starts_with("ERR")) return true;
        break;
      case pair_of('E', 'x'):
        if (rest.starts_with("Exception")) return true;
        break;
      case pair_of('E', 'r'):
        if (rest.starts_with("Err")) return true;
        break;
      case pair_of('u', 'c'):
        if (rest.starts_with("uccess") && says_otherwise(rest)) return true;
        break;
      case pair_of('u', 't'):
        if (rest.starts_with("uthenticated")) return true;
        break;
      case pair_of('a', 'u'):
        if (rest.starts_with("ault")) return true;
        break;
      case pair_of('a', 's'):
        if (rest.starts_with("assword")) return true;
        break;
      case pair_of('C', 'o'):
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
  if (is_line(body) && may_be_bare_message(body)) return true;
  const std::string_view start = body.substr(0, kLookedAt);
  const std::string_view end = body.substr(std::max(start.size(), body.size() - std::min(body.size(), kEndLookedAt)));
  return has_hint(start) || has_hint(end);
}

}  // namespace authprobe::diagnosis
