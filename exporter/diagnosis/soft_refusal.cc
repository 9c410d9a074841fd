// The cheap question that is asked of every successful probe.
#include <algorithm>
#include <array>

#include "exporter/diagnosis/body_clues.h"
#include "exporter/diagnosis/document_keys.h"
#include "exporter/diagnosis/login.h"
#include "exporter/diagnosis/plain_letters.h"
#include "exporter/diagnosis/standards.h"
#include "exporter/diagnosis/tiny_failure.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

// An error document is short, and says so at its start; a long answer is looked at no further than this.
constexpr std::size_t kLookedAt = 2048;
constexpr std::size_t kEndLookedAt = 512;  // GraphQL may put errors behind its data
constexpr std::size_t kSmallPage = 4096;

constexpr std::size_t kBareMessage = 512;

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

// What is needed for a hint to count.
enum class Need {
  nothing,
  error,      // the key's value is an error
  otherwise,  // the key's value is none of the healthy ones
  message,    // the document is small, and has the words of a refusal
};

struct Hint {
  std::string_view text;
  Need need;
};

// Every form of error that build_of() knows has one of these in it, and so does every login page. Those with the same
// two first characters stand together.
constexpr std::array kHints = {
    Hint{"\"Info", Need::message},       Hint{"\"Mess", Need::message},    Hint{"\"Note", Need::message},
    Hint{"\"blad", Need::error},         Hint{"\"chyb", Need::error},      Hint{"\"cod", Need::otherwise},
    Hint{"\"fehl", Need::error},         Hint{"\"fout", Need::error},      Hint{"\"hata", Need::error},
    Hint{"\"hiba", Need::error},         Hint{"\"virh", Need::error},      Hint{"\"desc", Need::message},
    Hint{"\"deta", Need::message},       Hint{"\"err", Need::error},       Hint{"\"info", Need::otherwise},
    Hint{"\"mess", Need::message},       Hint{"\"msg", Need::message},     Hint{"\"ok\"", Need::otherwise},
    Hint{"\"rc\"", Need::otherwise},     Hint{"\"ret\"", Need::otherwise}, Hint{"\"stat", Need::otherwise},
    Hint{"Code\"", Need::otherwise},     Hint{"ERR", Need::nothing},       Hint{"Err", Need::nothing},
    Hint{"Exception", Need::nothing},    Hint{"assword", Need::nothing},   Hint{"ault", Need::nothing},
    Hint{"esult", Need::otherwise},      Hint{"etCode", Need::otherwise},  Hint{"etcode", Need::otherwise},
    Hint{"eturn", Need::otherwise},      Hint{"rror", Need::error},        Hint{"rrcode", Need::error},
    Hint{"rrCode", Need::error},         Hint{"rrmsg", Need::error},       Hint{"uccess", Need::otherwise},
    Hint{"uthenticated", Need::nothing}, Hint{"_code\"", Need::otherwise},
};

// From the two characters that a hint begins with to the first such hint: nine of ten places in a text are passed over
// by one look, and of the hints only those are compared that may stand there.
class Beginnings {
 public:
  consteval Beginnings() {
    for (std::size_t i = kHints.size(); i-- > 0;) {
      const auto first = static_cast<unsigned char>(kHints[i].text[0]);
      if (rows_[first] == 0) rows_[first] = ++row_count_;
      firsts_[rows_[first]][static_cast<unsigned char>(kHints[i].text[1])] = static_cast<std::uint8_t>(i + 1);
    }
  }
  bool begins(char first) const { return rows_[static_cast<unsigned char>(first)] != 0; }
  // One more than the hint's index; 0: no hint begins so. For a first character that begins some hint.
  std::size_t find(char first, char second) const {
    const auto row = static_cast<unsigned char>(first);
    const auto column = static_cast<unsigned char>(second);
    return column < 128 ? firsts_[rows_[row]][column] : 0;
  }

 private:
  std::array<std::uint8_t, 256> rows_{};  // by first character; 0: begins no hint
  std::array<std::array<std::uint8_t, 128>, 9> firsts_{};
  std::uint8_t row_count_ = 0;
};

// A small document with a message and nothing that is known of the outcome, or a line of plain text: the few words that
// a refusal needs are looked for.
bool may_be_bare_message(std::string_view text) {
  static constexpr std::array<std::string_view, 18> kParts = {
      "nvalid", "ncorrect", "rong ",  "issing", "enied",  "imit",  "uota",   "llowed", "uthen",
      "uthor",  "xceed",    "requen", "xpired", "locked", "egion", "ountry", "uspend", "isabl"};
  return has_part(text, kParts);
}

bool holds(Need need, std::string_view rest, std::string_view text) {
  switch (need) {
    case Need::error: return !no_error(value_behind(rest));
    case Need::otherwise: return says_otherwise(rest);
    case Need::message: return text.size() < kBareMessage && may_be_bare_message(text);
    default: return true;
  }
}

bool has_hint(std::string_view text) {
  static constexpr Beginnings kBeginnings;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    if (!kBeginnings.begins(text[i])) continue;
    const std::size_t found = kBeginnings.find(text[i], text[i + 1]);
    if (found == 0) continue;
    const std::string_view rest = text.substr(i);
    for (std::size_t k = found - 1; k < kHints.size() && kHints[k].text.substr(0, 2) == rest.substr(0, 2); ++k) {
      if (rest.starts_with(kHints[k].text) && holds(kHints[k].need, rest, text)) return true;
    }
  }
  return false;
}

// A page may begin with a signature of UTF-8 and blank lines.
std::string_view without_lead(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  body.remove_prefix(std::min(body.find_first_not_of(" \t\r\n"), body.size()));
  return body;
}

// A few words of plain text.
bool is_line(std::string_view body) {
  return body.size() < kBareMessage && !body.empty() && body[0] != '{' && body[0] != '[' && body[0] != '"' &&
         body.find(' ') != std::string_view::npos;
}

// Letters on both sides of several spaces, as JSON that is written for machines has none.
bool has_a_sentence(std::string_view text) {
  constexpr int kSpaces = 2;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  int spaces = 0;
  for (std::size_t i = 1; i + 1 < text.size(); ++i)
    if (text[i] == ' ' && is_letter(text[i - 1]) && is_letter(text[i + 1]) && ++spaces == kSpaces) return true;
  return false;
}

// A small document whose keys and words need not be English, or lines of pairs.
bool may_be_in_another_language(std::string_view body) {
  constexpr std::size_t kSmall = 512;
  if (body.size() > kSmall) return false;
  if (has_a_sentence(body)) return true;
  const bool pairs =
      body[0] != '{' && body.find('\n') != std::string_view::npos && body.find('=') != std::string_view::npos;
  return beyond_ascii(body) || pairs || body.find("\\u0") != std::string_view::npos;
}

}  // namespace

bool may_hide_refusal(int status, std::span<const Header> headers, std::string_view body) {
  if (status < 200 || status >= 400) return false;
  if (status >= 300 && !header_of(headers, "location").empty()) return true;
  if (!header_of(headers, "refresh").empty()) return true;
  body = without_lead(body);
  if (body.size() < kSmallPage && body.starts_with('<'))
    return true;  // firewalls' pages under a success code are short
  if (const std::string_view grpc = header_of(headers, "grpc-status"); !grpc.empty()) return grpc != "0";
  if (body.empty())
    return !header_of(headers, "x-amzn-waf-action").empty() || !header_of(headers, "cf-mitigated").empty();
  if (body.starts_with("oauth_problem=") || (is_line(body) && may_be_bare_message(wire::lowered(body)))) return true;
  if (may_be_tiny_failure(body) || may_be_in_another_language(body)) return true;
  const std::string_view start = body.substr(0, kLookedAt);
  const std::string_view end = body.substr(std::max(start.size(), body.size() - std::min(body.size(), kEndLookedAt)));
  return has_hint(start) || has_hint(end) || may_be_login(start);
}

}  // namespace authprobe::diagnosis
