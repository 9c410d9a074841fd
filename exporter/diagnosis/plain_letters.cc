#include "exporter/diagnosis/plain_letters.h"

#include <algorithm>
#include <array>

namespace authprobe::diagnosis {
namespace {

// A letter or a pair of letters, and the marked letters that it stands for, each of two bytes of UTF-8: no byte of one
// begins another. German and Scandinavian texts have pairs.
struct Spelling {
  std::string_view plain;
  std::string_view marked;
};

constexpr std::array kSpellings = {
    Spelling{"a", "àáâãäåąăā"}, Spelling{"c", "çćč"},      Spelling{"d", "ďđ"},  Spelling{"e", "èéêëęěēė"},
    Spelling{"g", "ğģ"},        Spelling{"i", "ìíîïıīį"},  Spelling{"k", "ķ"},   Spelling{"l", "łļľ"},
    Spelling{"n", "ñńňņ"},      Spelling{"o", "òóôõöøő"},  Spelling{"r", "ř"},   Spelling{"s", "śšşș"},
    Spelling{"t", "ťțţ"},       Spelling{"u", "ùúûüűůųū"}, Spelling{"y", "ý"},   Spelling{"z", "źżž"},
    Spelling{"aa", "å"},        Spelling{"ae", "äæ"},      Spelling{"oe", "öø"}, Spelling{"ss", "ß"},
    Spelling{"ue", "ü"},
};

constexpr std::string_view kGroup = "(?:";
constexpr std::size_t kLetterBytes = 2;

}  // namespace

std::string with_plain_letters(std::string_view pattern) {
  std::string result;
  for (std::size_t at = pattern.find(kGroup); at != std::string_view::npos; at = pattern.find(kGroup)) {
    const std::string_view letter = pattern.substr(at + kGroup.size(), kLetterBytes);
    const std::size_t end = at + kGroup.size() + letter.size();
    result += pattern.substr(0, end);
    pattern.remove_prefix(end);
    if (letter.size() < kLetterBytes || !pattern.starts_with(')')) continue;
    for (const Spelling& spelling : kSpellings) {
      if (spelling.marked.find(letter) != std::string_view::npos) result.append("|").append(spelling.plain);
    }
  }
  return result.append(pattern);
}

bool beyond_ascii(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return (static_cast<unsigned char>(c) & 0x80) != 0; });
}

}  // namespace authprobe::diagnosis
