// Where text is written: into one large text, or in pieces of bounded size that a sink takes.
#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace authprobe::metrics {

using Sink = std::function<void(std::string_view)>;

// Text whose room is not zeroed before it is written, as that of a string is: megabytes for a large fleet.
class Text {
 public:
  explicit Text(std::size_t room = 0);
  explicit operator std::string_view() const { return {bytes_.get(), size_}; }

 private:
  friend class TextBuffer;
  void make_room(std::size_t room);  // keeps what is written

  std::unique_ptr<char[]> bytes_;
  std::size_t room_;
  std::size_t size_ = 0;
};

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

class TextBuffer {
 public:
  static constexpr std::size_t kPiece = 32u * 1024;  // which the first-level cache holds until the sink has read it
  // copy() moves blocks of this size, for most of what is copied is short: it reads and writes up to a block less one
  // byte past the end.
  static constexpr std::size_t kBlock = 32;

  // Hands the text to `sink` whenever kPiece bytes have come together.
  explicit TextBuffer(const Sink& sink);
  // Writes `text` from its begin. It has what was written once flush() was called.
  explicit TextBuffer(Text& text);
  TextBuffer(const TextBuffer&) = delete;
  TextBuffer& operator=(const TextBuffer&) = delete;

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
  void use(std::size_t written);

  const Sink* sink_;  // null: everything stays in the text
  Text piece_;
  Text& text_;
  char* at_;
  char* limit_;  // a block before the room's end
};

}  // namespace authprobe::metrics
