#include "exporter/metrics/text_buffer.h"

#include <algorithm>

namespace authprobe::metrics {

Text::Text(std::size_t room)
    : bytes_(std::make_unique_for_overwrite<char[]>(room + TextBuffer::kBlock)), room_(room + TextBuffer::kBlock) {}

void Text::make_room(std::size_t room) {
  if (room <= room_) return;
  room_ = std::max(room, room_ + room_ / 2);
  auto larger = std::make_unique_for_overwrite<char[]>(room_);
  std::copy_n(bytes_.get(), size_, larger.get());
  bytes_ = std::move(larger);
}

PaddedText::PaddedText(std::string_view text) : bytes_(text), size_(text.size()) {
  bytes_.append(kZero).append(TextBuffer::kBlock, '\0');
}

TextBuffer::TextBuffer(const Sink& sink) : sink_(&sink), piece_(kPiece), text_(piece_) {
  use(0);
}

TextBuffer::TextBuffer(Text& text) : sink_(nullptr), text_(text) {
  use(0);
}

void TextBuffer::use(std::size_t written) {
  text_.size_ = written;
  at_ = text_.bytes_.get() + written;
  limit_ = text_.bytes_.get() + text_.room_ - kBlock;
}

// memcpy() takes no null pointer, which an empty text may have.
void TextBuffer::put(std::string_view text) {
  advance(std::copy(text.begin(), text.end(), room(text.size())));
}

void TextBuffer::flush() {
  text_.size_ = static_cast<std::size_t>(at_ - text_.bytes_.get());
  if (sink_ == nullptr || text_.size_ == 0) return;
  (*sink_)(static_cast<std::string_view>(text_));
  use(0);
}

// One line may be longer than a piece: its target's name is as long as the configuration says.
void TextBuffer::make_room(std::size_t bytes) {
  flush();
  text_.make_room(text_.size_ + bytes + kBlock);
  use(text_.size_);
}

}  // namespace authprobe::metrics
