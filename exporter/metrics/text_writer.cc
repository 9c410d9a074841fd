#include "exporter/metrics/text_writer.h"

namespace authprobe::metrics {

void TextWriter::family(std::string_view name, std::string_view type, std::string_view help) {
  for (const std::string_view part : {std::string_view("# HELP "), name, std::string_view(" ")}) buffer_.put(part);
  buffer_.put(escape_help(help));
  for (const std::string_view part : {std::string_view("\n# TYPE "), name, std::string_view(" "), type}) {
    buffer_.put(part);
  }
  buffer_.put("\n");
  name_ = name;
  start_.assign(name).append("{target=\"");
  head_size_ = start_.size();
  start_.resize(head_size_ + TextBuffer::kBlock);
}

void TextWriter::use_target(std::string_view target) {
  start_size_ = head_size_ + target.size();
  if (start_.size() < start_size_ + TextBuffer::kBlock) start_.resize(start_size_ + TextBuffer::kBlock);
  TextBuffer::copy(start_.data() + head_size_, target.data(), target.size());
}

ZeroLines TextWriter::zero_lines(std::span<const PaddedText> ends) const {
  return {std::string_view(start_).substr(0, head_size_), ends};
}

void TextWriter::target_zeros(ZeroLines& lines, std::size_t first, std::size_t last) {
  const std::string_view target = std::string_view(start_).substr(head_size_, start_size_ - head_size_);
  if (ZeroLines::fit(target)) return lines.write(target, first, last, buffer_);
  for (std::size_t i = first; i < last; ++i) target_sample(lines.end(i), std::uint64_t{0});
}

void append_label(std::string& labels, std::string_view name, std::string_view value) {
  if (!labels.empty()) labels += ',';
  labels.append(name).append("=\"").append(escape_label(value)).append("\"");
}

}  // namespace authprobe::metrics
