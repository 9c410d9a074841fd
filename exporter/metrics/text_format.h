// The text exposition format 0.0.4: escaping, numbers, and a buffer that hands the text on in pieces of bounded size.
// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace authprobe::metrics {

inline constexpr std::string_view kTextContentType = "text/plain; version=0.0.4; charset=utf-8";

using Sink = std::function<void(std::string_view)>;

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

// Text that TextBuffer::copy may read a few bytes past its end. Behind it stands the rest of a line whose value is 0,
// as most have: `0` and the line's end.
class PaddedText {
 public:
  explicit PaddedText(std::string_view text);
  const char* data() const { return bytes_.data(); }
  std::size_t size() const { return size_; }
  std::size_t size_with_zero() const { return size_ + kZero.size(); }

 private:
  static constexpr std::string_view kZero = "0\n";

  std::string bytes_;
  std::size_t size_;
};

// Gathers text and hands it to a sink whenever kPiece bytes have come together.
class TextBuffer {
 public:
  static constexpr std::size_t kPiece = 32u * 1024;  // which the first-level cache holds until the sink has read it
  // copy() moves blocks of this size, for most of what is copied is short: it reads and writes up to a block less one
  // byte past the end.
  static constexpr std::size_t kBlock = 32;

  explicit TextBuffer(const Sink& sink);

  // Room for `bytes` and a block more; the text written there counts once advance() was called with its end.
  char* room(std::size_t bytes) {
    if (static_cast<std::size_t>(limit_ - at_) < bytes) make_room(bytes);
    return at_;
  }
  void advance(char* end) { at_ = end; }
  void put(std::string_view text);
  void flush();

  static char* copy(char* to, const char* from, std::size_t size) {
    for (std::size_t done = 0; done < size; done += kBlock) std::memcpy(to + done, from + done, kBlock);
    return to + size;
  }

 private:
  void make_room(std::size_t bytes);

  const Sink& sink_;
  std::vector<char> buffer_;
  char* at_;
  char* limit_;  // a block before the buffer's end
};

}  // namespace authprobe::metrics
