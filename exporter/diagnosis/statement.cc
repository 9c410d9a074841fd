#include "exporter/diagnosis/statement.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "exporter/diagnosis/body_fields.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

bool is_upper(char c) {
  return std::isupper(static_cast<unsigned char>(c)) != 0;
}
bool is_lower(char c) {
  return std::islower(static_cast<unsigned char>(c)) != 0;
}
bool is_letter(char c) {
  return is_upper(c) || is_lower(c);
}

// "(e.g. an unknown client)": what might be the matter, of which nothing is said.
std::size_t end_of_examples(std::string_view text, std::size_t at) {
  static constexpr std::array<std::string_view, 5> kStarts = {"(e.g", "(for example", "(such as", "(i.e", "(eg "};
  const std::string start = wire::lowered(text.substr(at, 16));
  if (std::ranges::none_of(kStarts, [&](std::string_view word) { return start.starts_with(word); })) return at;
  const std::size_t end = text.find(')', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

// One sentence at the start of `text`, with its end.
std::string_view first_sentence(std::string_view text) {
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const bool ends = std::string_view(".!?;").find(text[i]) != std::string_view::npos;
    if (text[i] == '\n' || (ends && (text[i + 1] == ' ' || text[i + 1] == '\n'))) return text.substr(0, i + 1);
  }
  return text;
}

// "It may be expired": what might be the matter, of which nothing is said. "May not" forbids.
bool is_supposition(std::string_view sentence) {
  static constexpr std::array<std::string_view, 11> kHedges = {
      " may be ",  " might be ", " could be ", " may have ", " might have ", " could have ",
      "possibly ", "perhaps ",   "probably ",  "maybe ",     "most likely "};
  return std::ranges::any_of(kHedges,
                             [&](std::string_view hedge) { return sentence.find(hedge) != std::string_view::npos; });
}

bool is_advice(std::string_view sentence) {
  static constexpr std::array<std::string_view, 24> kStarts = {
      "please ",   "make sure", "ensure ",  "check ",     "verify ", "see ",      "for more ", "for further ",
      "if ",       "contact ",  "visit ",   "to ",        "use ",    "try ",      "you can ",  "refer ",
      "read more", "consult ",  "you may ", "learn more", "get one", "more info", "perhaps ",  "for example"};
  sentence.remove_prefix(std::min(sentence.find_first_not_of(" \t\r\n\"'"), sentence.size()));
  return std::ranges::any_of(kStarts, [&](std::string_view start) { return sentence.starts_with(start); });
}

// The small form of a two-byte letter in Latin-1, Latin Extended-A, Greek or Cyrillic; of any other, the letter itself.
// The wording rules know these letters by their bytes.
std::string small_letter(unsigned char lead, unsigned char next) {
  unsigned code = (lead & 0x1FU) << 6U | (next & 0x3FU);
  if ((code >= 0xC0 && code <= 0xDE && code != 0xD7) || (code >= 0x410 && code <= 0x42F)) code += 0x20;
  if (code >= 0x400 && code <= 0x40F) code += 0x50;
  if (code >= 0x391 && code <= 0x3A9) code += 0x20;
  if (code >= 0x388 && code <= 0x38A) code += 0x25;
  if (code == 0x386) code = 0x3AC;
  const bool even_is_capital = (code >= 0x100 && code <= 0x137) || (code >= 0x14A && code <= 0x177);
  const bool odd_is_capital = (code >= 0x139 && code <= 0x148) || (code >= 0x179 && code <= 0x17E);
  if ((even_is_capital && code % 2 == 0) || (odd_is_capital && code % 2 == 1)) ++code;
  return {static_cast<char>(0xC0U | code >> 6U), static_cast<char>(0x80U | (code & 0x3FU))};
}

std::string lowered(std::string_view text) {
  std::string result = wire::lowered(text);
  for (std::size_t i = 0; i + 1 < result.size(); ++i) {
    const auto lead = static_cast<unsigned char>(result[i]);
    if (lead < 0xC3 || lead > 0xD0) continue;
    result.replace(i, 2, small_letter(lead, static_cast<unsigned char>(result[i + 1])));
    ++i;
  }
  return result;
}

constexpr std::array<std::string_view, 22> kWhose = {
    "access",    "secret",   "app",     "auth",   "user",    "client",      "session", "license",
    "licence",   "consumer", "account", "login",  "service", "security",    "partner", "merchant",
    "developer", "refresh",  "master",  "bearer", "private", "subscription"};

// Where a name such as "appkey", "accesstoken" or "clientsecret" ends at `end` and has two words in it, the second's
// place.
std::size_t second_word(std::string_view text, std::size_t end) {
  static constexpr std::array<std::string_view, 3> kWhat = {"key", "token", "secret"};
  for (const std::string_view what : kWhat) {
    if (!text.substr(0, end).ends_with(what)) continue;
    const std::size_t at = end - what.size();
    const std::string_view before = text.substr(0, at);
    const auto is_whole = [&](std::string_view whose) {
      return before.ends_with(whose) &&
             (before.size() == whose.size() || !is_lower(before[before.size() - whose.size() - 1]));
    };
    if (std::ranges::any_of(kWhose, is_whole)) return at;
  }
  return std::string_view::npos;
}

// Names that are written as one word, as those that are written as two.
std::string parted(std::string text) {
  for (std::size_t end = text.size(); end > 0; --end) {
    const bool ends = is_lower(text[end - 1]) && (end == text.size() || !is_lower(text[end]) || text[end] == 's');
    if (!ends) continue;
    if (const std::size_t at = second_word(text, end); at != std::string_view::npos) text.insert(at, 1, ' ');
  }
  return text;
}

}  // namespace

std::string words_of(std::string_view code) {
  std::string words;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    const char before = i > 0 ? code[i - 1] : ' ';
    const char after = i + 1 < code.size() ? code[i + 1] : ' ';
    if (is_upper(c) && (is_lower(before) || (is_upper(before) && is_lower(after)))) words.push_back(' ');
    words.push_back(std::string_view("_-./:#{}[]").find(c) == std::string_view::npos ? c : ' ');
  }
  return parted(lowered(words));
}

std::string phrase_of(std::string_view text) {
  std::string words;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '(') i = std::min(end_of_examples(text, i), text.size() - 1);
    const char before = i > 0 ? text[i - 1] : ' ';
    const char after = i + 1 < text.size() ? text[i + 1] : ' ';
    if (is_upper(text[i]) && is_lower(before)) words.push_back(' ');
    if (text[i] == ' ' && after == ' ') continue;
    const bool joins = text[i] == '_' || (text[i] == '.' && is_letter(before) && is_letter(after));
    words.push_back(joins ? ' ' : text[i]);
    if (text[i] == ',' && is_upper(after)) words.push_back(' ');  // "Sorry,APPID", and no list of names
  }
  return parted(lowered(words));
}

std::string statement_of(std::string_view phrase) {
  std::string stated;
  for (std::string_view rest = phrase; !rest.empty();) {
    const std::string_view sentence = first_sentence(rest);
    rest.remove_prefix(sentence.size());
    if (!is_advice(sentence) && !is_supposition(sentence)) stated += sentence;
  }
  return stated;
}

}  // namespace authprobe::diagnosis
