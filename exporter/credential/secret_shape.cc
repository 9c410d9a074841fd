#include "exporter/credential/secret_shape.h"

#include <algorithm>
#include <array>

namespace authprobe::credential {
namespace {

struct Invisible {
  std::string_view bytes;  // UTF-8
  std::string_view name;
};

// Unicode's spaces and characters without a width, as pages, chats and word processors put them into copied text.
constexpr std::array<Invisible, 29> kInvisible{{
    {"\xc2\x85", "U+0085, a line break"},
    {"\xc2\xa0", "U+00A0, a no-break space"},
    {"\xc2\xad", "U+00AD, a soft hyphen"},
    {"\xe1\xa0\x8e", "U+180E, a vowel separator"},
    {"\xe2\x80\x80", "U+2000, a space"},
    {"\xe2\x80\x81", "U+2001, a space"},
    {"\xe2\x80\x82", "U+2002, a space"},
    {"\xe2\x80\x83", "U+2003, a space"},
    {"\xe2\x80\x84", "U+2004, a space"},
    {"\xe2\x80\x85", "U+2005, a space"},
    {"\xe2\x80\x86", "U+2006, a space"},
    {"\xe2\x80\x87", "U+2007, a space"},
    {"\xe2\x80\x88", "U+2008, a space"},
    {"\xe2\x80\x89", "U+2009, a thin space"},
    {"\xe2\x80\x8a", "U+200A, a hair space"},
    {"\xe2\x80\x8b", "U+200B, a zero-width space"},
    {"\xe2\x80\x8c", "U+200C, a zero-width non-joiner"},
    {"\xe2\x80\x8d", "U+200D, a zero-width joiner"},
    {"\xe2\x80\x8e", "U+200E, a left-to-right mark"},
    {"\xe2\x80\x8f", "U+200F, a right-to-left mark"},
    {"\xe2\x80\xa8", "U+2028, a line separator"},
    {"\xe2\x80\xa9", "U+2029, a paragraph separator"},
    {"\xe2\x80\xaa", "U+202A, a mark of direction"},
    {"\xe2\x80\xac", "U+202C, a mark of direction"},
    {"\xe2\x80\xaf", "U+202F, a narrow no-break space"},
    {"\xe2\x81\x9f", "U+205F, a space"},
    {"\xe2\x81\xa0", "U+2060, a word joiner"},
    {"\xe3\x80\x80", "U+3000, an ideographic space"},
    {"\xef\xbb\xbf", "U+FEFF, a byte order mark"},
}};

// The first one that is found, and where it is; empty: there is none.
std::string invisible_character(std::string_view secret) {
  for (const auto& [bytes, name] : kInvisible) {
    const auto at = secret.find(bytes);
    if (at == std::string_view::npos) continue;
    const std::string_view place = at == 0 ? "begins with" : secret.ends_with(bytes) ? "ends with" : "contains";
    return std::string(place) + " an invisible character: " + std::string(name);
  }
  return {};
}

}  // namespace

std::string problem_of_shape(const config::KindTraits& kind, std::string_view secret) {
  if (kind.problem_of_shape != nullptr) {
    if (const std::string_view problem = kind.problem_of_shape(secret); !problem.empty()) return std::string(problem);
  }
  if (secret.starts_with('"') || secret.starts_with('\'')) return "begins with a quotation mark";
  if (kind.is_one_word && secret.find(' ') != std::string_view::npos) return "has a space inside or at its end";
  return invisible_character(secret);
}

}  // namespace authprobe::credential
