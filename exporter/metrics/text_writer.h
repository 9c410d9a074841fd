// Writes metric families in the text format: the one place that knows what their lines look like.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "exporter/metrics/text_buffer.h"
#include "exporter/metrics/text_format.h"
#include "exporter/metrics/zero_lines.h"

namespace authprobe::metrics {

class TextWriter {
 public:
  explicit TextWriter(const Sink& sink) : buffer_(sink) {}
  explicit TextWriter(Text& text) : buffer_(text) {}

  // Begins a family. `name` must outlive its samples.
  void family(std::string_view name, std::string_view type, std::string_view help);

  // A sample of the family. `labels` are written as they are, with names and quotes (label_text()); `suffix` follows
  // the family's name (_bucket).
  template <typename Number>
  void sample(std::string_view labels, Number value, std::string_view suffix = {}) {
    buffer_.put(name_);
    buffer_.put(suffix);
    if (!labels.empty()) {
      buffer_.put("{");
      buffer_.put(labels);
      buffer_.put("}");
    }
    buffer_.put(" ");
    end_line(buffer_.room(kNumberLength + 1), value);
  }

  // The fast way, for families with several lines for each of many targets: their start is put together once.
  // `target` is escaped, and TextBuffer::kBlock bytes behind it may be read.
  void use_target(std::string_view target);

  // A sample of the family for that target. `end` is what follows the target's name: `"} ` or `",state="ok"} `.
  template <typename Number>
  void target_sample(const PaddedText& end, Number value) {
    char* to = buffer_.room(start_size_ + end.size() + kNumberLength + 1);
    to = TextBuffer::copy(to, start_.data(), start_size_);
    if (value == Number{}) return buffer_.advance(TextBuffer::copy(to, end.data(), end.size_with_zero()));
    end_line(TextBuffer::copy(to, end.data(), end.size()), value);
  }

  // Samples of the value 0 for that target, one for each of the ends from `first` to before `last`.
  ZeroLines zero_lines(std::span<const PaddedText> ends) const;
  void target_zeros(ZeroLines& lines, std::size_t first, std::size_t last);

  // The same for a family with one line for each target: without putting its start together first, which would be read
  // before it is out of the processor's store buffer.
  template <typename Number>
  void only_sample(std::string_view target, const PaddedText& end, Number value) {
    char* to = buffer_.room(head_size_ + target.size() + end.size() + kNumberLength + 1);
    to = TextBuffer::copy(to, start_.data(), head_size_);
    to = TextBuffer::copy(to, target.data(), target.size());
    end_line(TextBuffer::copy(to, end.data(), end.size()), value);
  }

  void flush() { buffer_.flush(); }

 private:
  template <typename Number>
  void end_line(char* to, Number value) {
    to = write_number(to, value);
    *to++ = '\n';
    buffer_.advance(to);
  }

  TextBuffer buffer_;
  std::string_view name_;
  std::string start_;  // the family's name, `{target="` and the target's name, padded
  std::size_t head_size_ = 0;
  std::size_t start_size_ = 0;
};

// A label with its quotes, the value escaped, appended to others.
void append_label(std::string& labels, std::string_view name, std::string_view value);

}  // namespace authprobe::metrics
