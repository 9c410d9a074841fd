// Text as HTTP compares and trims it: names without regard to the case of ASCII letters (RFC 9110, section 5.1), values
// without the blanks around them (section 5.6.3). The locale has no effect.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace authprobe::wire {

// 'A' to 'Z' in lower case; every other byte stays.
constexpr char lowered(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
std::string lowered(std::string_view text);

bool equal_ignoring_case(std::string_view a, std::string_view b);
bool starts_with_ignoring_case(std::string_view text, std::string_view beginning);
bool contains_ignoring_case(std::string_view text, std::string_view part);

// "1 target", "2 targets".
std::string counted(std::size_t count, std::string_view thing);

// The words with `separator` between them.
std::string joined(std::span<const std::string> words, std::string_view separator);

// Without spaces, tabs and line ends at either end.
std::string_view trimmed(std::string_view text);

// Takes the text up to `separator` off the front, and the separator too. The part is trimmed.
std::string_view take_part(std::string_view& text, char separator);

// Appends a Unicode code point, below 0x110000, in UTF-8 (RFC 3629).
void append_utf8(std::string& text, char32_t point);

}  // namespace authprobe::wire
