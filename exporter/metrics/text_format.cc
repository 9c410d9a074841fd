#include "exporter/metrics/text_format.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace authprobe::metrics {
namespace {

// ".25" for 250 of three digits; nothing for 0.
template <int kDigits>
char* write_fraction(char* to, std::uint32_t part) {
  if (part == 0) return to;
  *to = '.';
  for (int digit = kDigits; digit > 0; --digit, part /= 10) to[digit] = static_cast<char>('0' + part % 10);
  to += kDigits + 1;
  while (to[-1] == '0') --to;
  return to;
}

}  // namespace

std::string escape_label(std::string_view value) {
  std::string escaped;
  escaped.reserve(value.size());
  for (const char c : value) {
    switch (c) {
      case '\\': escaped += "\\\\"; break;
      case '"': escaped += "\\\""; break;
      case '\n': escaped += "\\n"; break;
      case '\0': escaped += "\uFFFD"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string escape_help(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\\\";
    } else if (c == '\n') {
      escaped += "\\n";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

char* write_large_number(char* to, std::uint64_t value) {
  return std::to_chars(to, to + kNumberLength, value).ptr;
}

char* write_number(char* to, double value) {
  const auto write = [to](std::string_view word) { return std::copy(word.begin(), word.end(), to); };
  if (value == 0) return write("0");  // to_chars would write -0
  if (std::isnan(value)) return write("NaN");
  if (std::isinf(value)) return write(value > 0 ? "+Inf" : "-Inf");
  if (const auto whole = static_cast<std::uint32_t>(std::clamp(value, 0.0, 1e9)); whole == value) {
    return write_number(to, std::uint64_t{whole});
  }
  // The shortest text is 5e-04 or 5e+06, which nobody likes to read.
  const double size = std::abs(value);
  if (1e-5 <= size && size < 1e15) return std::to_chars(to, to + kNumberLength, value, std::chars_format::fixed).ptr;
  return std::to_chars(to, to + kNumberLength, value).ptr;
}

char* write_number(char* to, Millis value) {
  if (value.count < 0) return write_number(to, static_cast<double>(value.count) / 1e3);
  to = std::to_chars(to, to + kNumberLength, value.count / 1000).ptr;
  return write_fraction<3>(to, static_cast<std::uint32_t>(value.count % 1000));
}

char* write_number(char* to, Micros value) {
  to = write_number(to, std::uint64_t{value.count / 1'000'000});
  return write_fraction<6>(to, value.count % 1'000'000);
}

}  // namespace authprobe::metrics
