#include "exporter/credential/folded_text.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

using Letter = FoldedText::Letter;
using ByteLetters = std::vector<Letter>;  // each `code` is a byte

constexpr int kMostLayers = 4;  // escapes of escapes: a URL in JSON in HTML
constexpr char32_t kUnknown = 0xFFFD;

// Base letters of U+00C0 to U+017F; a blank where there is none.
constexpr std::string_view kBaseLetters =
    "aaaaaaaceeeeiiiidnooooo ouuuuy saaaaaaaceeeeiiiidnooooo ouuuuy y"   // U+00C0
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"   // U+0100
    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";  // U+0140
static_assert(kBaseLetters.size() == 192);

std::optional<unsigned> hex_digit(char32_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char32_t lower = c | 0x20;
  if (lower >= 'a' && lower <= 'f') return lower - 'a' + 10;
  return std::nullopt;
}

// `digits` hexadecimal digits from `at` on.
std::optional<char32_t> hex_at(const ByteLetters& text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  char32_t value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    const auto digit = hex_digit(text[i].code);
    if (!digit) return std::nullopt;
    value = value * 16 + *digit;
  }
  return value;
}

void add_byte(char32_t byte, const ByteLetters& text, std::size_t from, std::size_t length, ByteLetters& into) {
  into.push_back({byte, text[from].begin, text[from + length - 1].end});
}

void add_utf8(char32_t code, const ByteLetters& text, std::size_t from, std::size_t length, ByteLetters& into) {
  std::string encoded;
  wire::append_utf8(encoded, code);
  for (const char byte : encoded) add_byte(static_cast<unsigned char>(byte), text, from, length, into);
}

// One escape at `at`: adds what it stands for, and says how long it is; 0: there is none.
std::size_t unescape_percent(const ByteLetters& text, std::size_t at, ByteLetters& into) {
  const auto byte = hex_at(text, at + 1, 2);
  if (!byte) return 0;
  add_byte(*byte, text, at, 3, into);
  return 3;
}

std::size_t unescape_backslash(const ByteLetters& text, std::size_t at, ByteLetters& into) {
  if (at + 1 >= text.size()) return 0;
  const char32_t kind = text[at + 1].code;
  if (kind == 'x' || kind == 'u') {
    const std::size_t digits = kind == 'x' ? 2 : 4;
    auto code = hex_at(text, at + 2, digits);
    if (!code) return 0;
    std::size_t length = digits + 2;
    const bool high = *code >= 0xD800 && *code < 0xDC00;
    if (high && at + length + 1 < text.size() && text[at + length].code == '\\' && text[at + length + 1].code == 'u') {
      if (const auto low = hex_at(text, at + length + 2, 4); low && *low >= 0xDC00 && *low < 0xE000) {
        code = 0x10000 + ((*code - 0xD800) << 10) + (*low - 0xDC00);
        length += 6;
      }
    }
    add_utf8(*code, text, at, length, into);
    return length;
  }
  const bool control = kind == 'n' || kind == 'r' || kind == 't' || kind == 'b' || kind == 'f';
  if (!control && std::string_view("\"'\\/<>&").find(static_cast<char>(kind)) == std::string_view::npos) return 0;
  add_byte(control ? U' ' : kind, text, at, 2, into);
  return 2;
}

std::optional<char32_t> entity(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, char32_t>, 5> kNames{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};
  for (const auto& [known, code] : kNames) {
    if (name == known) return code;
  }
  if (!name.starts_with('#')) return kUnknown;  // one of the two thousand beyond ASCII
  const bool hex = name.size() > 1 && (name[1] | 0x20) == 'x';
  char32_t code = 0;
  for (const char c : name.substr(hex ? 2 : 1)) {
    const auto digit = hex_digit(static_cast<unsigned char>(c));
    if (!digit || (!hex && *digit > 9)) return std::nullopt;
    code = std::min<char32_t>(code * (hex ? 16 : 10) + *digit, 0x110000);
  }
  return code < 0x110000 ? code : kUnknown;
}

std::size_t unescape_ampersand(const ByteLetters& text, std::size_t at, ByteLetters& into) {
  constexpr std::size_t kLongestName = 10;
  std::string name;
  for (std::size_t i = at + 1; i < text.size() && name.size() <= kLongestName; ++i) {
    const char32_t c = text[i].code;
    if (c == ';') {
      const auto code = name.empty() ? std::nullopt : entity(name);
      if (!code) return 0;
      add_utf8(*code, text, at, i + 1 - at, into);
      return i + 1 - at;
    }
    const bool part = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c == '#' && name.empty());
    if (!part) return 0;
    name += static_cast<char>(c);
  }
  return 0;
}

// Undoes one layer of escapes. False: there was none.
bool unescape(ByteLetters& text) {
  ByteLetters result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    std::size_t length = 0;
    switch (text[at].code) {
      case '%': length = unescape_percent(text, at, result); break;
      case '\\': length = unescape_backslash(text, at, result); break;
      case '&': length = unescape_ampersand(text, at, result); break;
      default: break;
    }
    if (length == 0) result.push_back(text[at]);
    at += std::max<std::size_t>(length, 1);
  }
  const bool changed = result.size() != text.size();
  OPENSSL_cleanse(text.data(), text.size() * sizeof(Letter));
  text = std::move(result);
  return changed;
}

// The character at `at`, and how many bytes it has; a byte that is no UTF-8 is taken as Latin-1.
std::pair<char32_t, std::size_t> character_at(const ByteLetters& text, std::size_t at) {
  const char32_t first = text[at].code;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : first >= 0xC2 ? 2 : 1;
  if (length == 1 || first > 0xF4 || at + length > text.size()) return {first, 1};
  char32_t code = first & (0xFFu >> (length + 1));
  for (std::size_t i = at + 1; i < at + length; ++i) {
    if ((text[i].code & 0xC0) != 0x80) return {first, 1};
    code = code << 6 | (text[i].code & 0x3F);
  }
  return {code, length};
}

bool skipped(char32_t code) {
  if (code <= ' ' || (code >= 0x7F && code <= 0xA0) || code == 0xAD) return true;
  return (code >= 0x300 && code < 0x370) || (code >= 0x2000 && code <= 0x200F) || code == 0xFEFF || code == 0x3000;
}

std::optional<char32_t> folded(char32_t code, FoldedText::NonAscii non_ascii) {
  if (skipped(code)) return std::nullopt;
  if (code < 0x80) {
    if (code >= 'A' && code <= 'Z') return code | 0x20;
    if (code == '-') return '+';  // base64url
    return code == '_' ? U'/' : code;
  }
  if (non_ascii == FoldedText::NonAscii::drop) return std::nullopt;
  if (code >= 0x391 && code <= 0x3A9) return code + 0x20;  // Greek
  if (code >= 0x410 && code <= 0x42F) return code + 0x20;  // Cyrillic
  if (code >= 0x400 && code <= 0x40F) return code + 0x50;
  if (code < 0xC0 || code >= 0xC0 + kBaseLetters.size()) return code;
  const char base = kBaseLetters[code - 0xC0];
  return base == ' ' ? code : static_cast<char32_t>(base);
}

}  // namespace

FoldedText::FoldedText(std::string_view text, NonAscii non_ascii) {
  ByteLetters bytes;
  bytes.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) bytes.push_back({static_cast<unsigned char>(text[i]), i, i + 1});
  for (int layer = 0; layer < kMostLayers && unescape(bytes); ++layer) {
  }
  letters_.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const auto [code, length] = character_at(bytes, at);
    if (const auto letter = folded(code, non_ascii)) {
      letters_.push_back({*letter, bytes[at].begin, bytes[at + length - 1].end});
    }
    at += length;
  }
  OPENSSL_cleanse(bytes.data(), bytes.size() * sizeof(Letter));
}

FoldedText::~FoldedText() {
  OPENSSL_cleanse(letters_.data(), letters_.size() * sizeof(Letter));
}

}  // namespace authprobe::credential
