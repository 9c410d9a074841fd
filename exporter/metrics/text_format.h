// The text exposition format 0.0.4: escaping and numbers.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace authprobe::metrics {

inline constexpr std::string_view kTextContentType = "text/plain; version=0.0.4; charset=utf-8";

// A label's value, without its quotes: backslash, quote and LF escaped. NUL, which Prometheus reads as the end of the
// text, becomes U+FFFD.
std::string escape_label(std::string_view value);
std::string escape_help(std::string_view text);

// Writes a number at `to`, which has room for kNumberLength bytes, and returns the end of it.
inline constexpr std::size_t kNumberLength = 32;
char* write_large_number(char* to, std::uint64_t value);
inline char* write_number(char* to, std::uint64_t value) {
  if (value >= 10) return write_large_number(to, value);
  *to = static_cast<char>('0' + value);  // most numbers of a fleet are 0 or 1
  return to + 1;
}
char* write_number(char* to, double value);

// A time in milliseconds since 1970, written as seconds without exponent.
struct Millis {
  std::int64_t count;
};
char* write_number(char* to, Millis value);

// A duration in microseconds, written as seconds without exponent.
struct Micros {
  std::uint32_t count;
  bool operator==(const Micros&) const = default;
};
char* write_number(char* to, Micros value);

}  // namespace authprobe::metrics
