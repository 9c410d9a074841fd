#include "exporter/diagnosis/evidence.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "exporter/diagnosis/body_fields.h"
#include "exporter/wire/invisible.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::size_t kLongWord = 20;  // from here on a word that mixes letters and digits may be a key

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("_-+/=.~%@").find(c) != std::string_view::npos;
}

bool has_key_prefix(std::string_view word) {
  static constexpr std::array<std::string_view, 22> kPrefixes = {
      "eyJ",   "sk_",   "sk-",  "pk_",  "pk-",  "rk_",  "ghp_", "gho_",   "ghs_",  "ghu_", "github_pat_",
      "xoxb-", "xoxp-", "xapp", "AKIA", "ASIA", "AIza", "hf_",  "glpat-", "ya29.", "SG.",  "dop_v1_"};
  return std::ranges::any_of(
      kPrefixes, [&](std::string_view prefix) { return word.size() > prefix.size() + 2 && word.starts_with(prefix); });
}

// Words after which a value follows that is nobody's business: "api key: abc123".
bool announces_secret(std::string_view word) {
  static constexpr std::array<std::string_view, 9> kWords = {"key",      "apikey",    "api_key",     "token",  "secret",
                                                             "password", "signature", "accesskeyid", "session"};
  return std::ranges::find(kWords, word) != kWords.end();
}

bool is_url_like(std::string_view word) {
  return word.find('@') == std::string_view::npos && word.find('/') != std::string_view::npos &&
         word.find('=') == std::string_view::npos &&
         std::ranges::all_of(word, [](char c) { return c != '+' && c != '%'; });
}

// No part between separators mixes letters and digits over a length that a name of a thing hardly has.
bool harmless_parts(std::string_view word) {
  std::size_t length = 0;
  std::size_t digits = 0;
  for (std::size_t i = 0; i <= word.size(); ++i) {
    if (i < word.size() && std::isalnum(static_cast<unsigned char>(word[i])) != 0) {
      ++length;
      digits += std::isdigit(static_cast<unsigned char>(word[i])) != 0 ? 1U : 0U;
      continue;
    }
    if (length >= 12 && digits >= 2) return false;
    length = digits = 0;
  }
  return true;
}

bool looks_secret(std::string_view word, bool announced) {
  if (has_key_prefix(word)) return true;
  const auto at = word.find('@');
  if (at != std::string_view::npos && at > 0 && word.find('.', at) != std::string_view::npos)
    return true;  // an address of a person
  const auto digits = std::ranges::count_if(word, [](unsigned char c) { return std::isdigit(c) != 0; });
  const auto letters = std::ranges::count_if(word, [](unsigned char c) { return std::isalpha(c) != 0; });
  const bool mixed_case = std::ranges::any_of(word, [](unsigned char c) { return std::isupper(c) != 0; }) &&
                          std::ranges::any_of(word, [](unsigned char c) { return std::islower(c) != 0; });
  if (announced && digits > 0 && letters > 0 && word.size() >= 6) return true;
  if (word.size() >= 32 && word.find_first_of("/.-_") == std::string_view::npos && (mixed_case || digits > 0))
    return true;
  if (word.size() < kLongWord || digits < 2 || letters == 0) return false;
  return !(is_url_like(word) && harmless_parts(word)) && !harmless_parts(word);
}

// Cuts at a character's start, and blanks bytes that are no UTF-8: evidence goes into JSON and onto terminals.
std::string valid_utf8(std::string_view text, std::size_t limit) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80                   ? 1
                               : lead >= 0xC2 && lead < 0xE0 ? 2
                               : (lead & 0xF0U) == 0xE0      ? 3
                               : lead >= 0xF0 && lead < 0xF5 ? 4
                                                             : 0;
    bool valid = length != 0 && i + length <= text.size();
    for (std::size_t k = 1; valid && k < length; ++k) valid = (static_cast<unsigned char>(text[i + k]) & 0xC0U) == 0x80;
    if (valid && length >= 3) {  // overlong forms, surrogates, beyond U+10FFFF
      const auto second = static_cast<unsigned char>(text[i + 1]);
      valid = !(lead == 0xE0 && second < 0xA0) && !(lead == 0xED && second >= 0xA0) &&
              !(lead == 0xF0 && second < 0x90) && !(lead == 0xF4 && second >= 0x90) && !(lead == 0xC2 && second < 0xA0);
    }
    const std::string_view next = valid ? text.substr(i, length) : std::string_view("?");
    if (result.size() + next.size() > limit) {
      result += "...";
      break;
    }
    result += next;
    i += valid ? length : 1;
  }
  return result;
}

}  // namespace

std::string redact(std::string_view text, std::size_t most) {
  std::string folded;
  // Marks of direction would turn the order of what stands on the terminal; none of these characters belongs to a
  // quote.
  append_folded(folded, wire::without_invisible(text.substr(0, 8 * most)), 4 * most);
  while (!folded.empty() && folded.back() == ' ') folded.pop_back();
  std::string result;
  bool announced = false;
  for (std::size_t i = 0; i < folded.size();) {
    std::size_t end = i;
    while (end < folded.size() && in_word(folded[end])) ++end;
    if (end == i) {
      result.push_back(folded[i++]);
      continue;
    }
    const std::string_view word = std::string_view(folded).substr(i, end - i);
    const bool cut = end == folded.size() && folded.size() >= 4 * most;
    if (looks_secret(word, announced) || (cut && word.size() >= 12)) {
      result += "[redacted]";
    } else {
      result += word;
    }
    announced = announces_secret(wire::lowered(word));
    i = end;
  }
  return valid_utf8(result, most);
}

}  // namespace authprobe::diagnosis
