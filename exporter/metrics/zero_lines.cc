#include "exporter/metrics/zero_lines.h"

#include <cstring>

namespace authprobe::metrics {
namespace {

// Exactly `size` bytes, at most twice kPart and at least kPart: two copies that overlap, without a loop.
template <std::size_t kPart>
void copy_ends(char* to, const char* from, std::size_t size) {
  std::memcpy(to, from, kPart);
  std::memcpy(to + size - kPart, from + size - kPart, kPart);
}

// To several places of one text, each `head_size` behind a start.
template <std::size_t kPart>
void copy_to_each(char* text, std::span<const std::size_t> starts, std::size_t head_size, std::string_view name) {
  char* const origin = text + head_size - starts.front();
  for (const std::size_t start : starts) copy_ends<kPart>(origin + start, name.data(), name.size());
}

}  // namespace

const ZeroLines::Lines& ZeroLines::lines_for(std::size_t name_size) {
  Lines& lines = by_name_size_[name_size];
  if (!lines.starts.empty()) return lines;
  for (const PaddedText& end : ends_) {
    lines.starts.push_back(lines.text.size());
    lines.text.append(head_).append(name_size, ' ').append(end.data(), end.size_with_zero());
  }
  lines.starts.push_back(lines.text.size());
  return lines;
}

void ZeroLines::write(std::string_view target, std::size_t first, std::size_t last, TextBuffer& out) {
  if (first == last) return;
  const Lines& lines = lines_for(target.size());
  const std::size_t size = lines.starts[last] - lines.starts[first];
  char* const to = out.room(size);
  std::memcpy(to, lines.text.data() + lines.starts[first], size);
  const std::span<const std::size_t> starts = std::span(lines.starts).subspan(first, last - first);
  if (target.size() >= 32)
    copy_to_each<32>(to, starts, head_.size(), target);
  else if (target.size() >= 16)
    copy_to_each<16>(to, starts, head_.size(), target);
  else if (target.size() >= 8)
    copy_to_each<8>(to, starts, head_.size(), target);
  else if (target.size() >= 4)
    copy_to_each<4>(to, starts, head_.size(), target);
  else if (target.size() >= 2)
    copy_to_each<2>(to, starts, head_.size(), target);
  else
    copy_to_each<1>(to, starts, head_.size(), target);
  out.advance(to + size);
}

}  // namespace authprobe::metrics
