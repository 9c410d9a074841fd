#include "exporter/wire/invisible.h"

#include <array>

namespace authprobe::wire {
namespace {

struct Range {
  char32_t first, last;
  bool is_blank;
  std::string_view name;
};

constexpr std::array kRanges{
    Range{0x85, 0x85, true, "a line break"},
    Range{0xa0, 0xa0, true, "a no-break space"},
    Range{0xad, 0xad, false, "a soft hyphen"},
    Range{0x34f, 0x34f, false, "a grapheme joiner"},
    Range{0x61c, 0x61c, false, "a mark of direction"},
    Range{0x115f, 0x1160, false, "a filler"},
    Range{0x1680, 0x1680, true, "a space"},
    Range{0x17b4, 0x17b5, false, "a vowel without a shape"},
    Range{0x180b, 0x180f, false, "a vowel separator"},
    Range{0x2000, 0x2008, true, "a space"},
    Range{0x2009, 0x2009, true, "a thin space"},
    Range{0x200a, 0x200a, true, "a hair space"},
    Range{0x200b, 0x200b, false, "a zero-width space"},
    Range{0x200c, 0x200c, false, "a zero-width non-joiner"},
    Range{0x200d, 0x200d, false, "a zero-width joiner"},
    Range{0x200e, 0x200e, false, "a left-to-right mark"},
    Range{0x200f, 0x200f, false, "a right-to-left mark"},
    Range{0x2028, 0x2028, true, "a line separator"},
    Range{0x2029, 0x2029, true, "a paragraph separator"},
    Range{0x202a, 0x202e, false, "a mark of direction"},
    Range{0x202f, 0x202f, true, "a narrow no-break space"},
    Range{0x205f, 0x205f, true, "a space"},
    Range{0x2060, 0x2060, false, "a word joiner"},
    Range{0x2061, 0x2064, false, "an invisible operator"},
    Range{0x2066, 0x206f, false, "a mark of direction"},
    Range{0x2800, 0x2800, false, "a blank Braille pattern"},
    Range{0x3000, 0x3000, true, "an ideographic space"},
    Range{0x3164, 0x3164, false, "a filler"},
    Range{0xfe00, 0xfe0f, false, "a variation selector"},
    Range{0xfeff, 0xfeff, false, "a byte order mark"},
    Range{0xffa0, 0xffa0, false, "a filler"},
    Range{0xe0000, 0xe01ef, false, "a tag"},
};

constexpr std::string_view kAsciiBlanks = " \t\n\v\f\r";

// Of a character beyond ASCII; 0 where the bytes are none.
char32_t point_at_start(std::string_view text, std::uint8_t& size) {
  const auto lead = static_cast<unsigned char>(text.front());
  size = lead >= 0xc2 && lead < 0xe0 ? 2 : lead >= 0xe0 && lead < 0xf0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
  if (size == 0 || text.size() < size) return 0;
  char32_t point = lead & (0xff >> (size + 1));
  for (std::uint8_t i = 1; i < size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xc0) != 0x80) return 0;
    point = (point << 6) | (byte & 0x3f);
  }
  return point;
}

bool is_blank(std::string_view character) {
  if (kAsciiBlanks.find(character.front()) != std::string_view::npos) return true;
  const auto invisible = invisible_at_start(character);
  return invisible && invisible->is_blank;
}

std::size_t start_of_last(std::string_view text) {
  std::size_t at = text.size() - 1;
  while (at > 0 && text.size() - at < 4 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return at;
}

}  // namespace

std::optional<Invisible> invisible_at_start(std::string_view text) {
  std::uint8_t size = 0;
  if (text.empty() || static_cast<unsigned char>(text.front()) < 0xc2) return std::nullopt;
  const char32_t point = point_at_start(text, size);
  for (const Range& range : kRanges) {
    if (point < range.first) return std::nullopt;
    if (point <= range.last) return Invisible{point, size, range.is_blank, range.name};
  }
  return std::nullopt;
}

std::string_view trimmed_of_unicode_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text)) {
    const auto invisible = invisible_at_start(text);
    text.remove_prefix(invisible ? invisible->size : 1);
  }
  while (!text.empty() && is_blank(text.substr(start_of_last(text)))) text = text.substr(0, start_of_last(text));
  return text;
}

std::string without_invisible(std::string_view text) {
  std::string visible;
  visible.reserve(text.size());
  while (!text.empty()) {
    const auto invisible = invisible_at_start(text);
    if (!invisible) {
      visible.push_back(text.front());
    } else if (invisible->is_blank) {
      visible.push_back(' ');
    }
    text.remove_prefix(invisible ? invisible->size : 1);
  }
  return visible;
}

}  // namespace authprobe::wire
