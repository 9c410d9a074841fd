// The lines of a target whose values are all 0, as most are in the families with a line for each state, cause or error.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/metrics/text_buffer.h"

namespace authprobe::metrics {

// Of one family, put together once for all names of targets that have one length: a run of such lines is one copy, and
// the name in each. Half as costly as a line after the other.
class ZeroLines {
 public:
  static constexpr std::size_t kLongestName = 63;  // of a target; what is longer is written line by line

  // `head`: the family's name and `{target="`. `ends`: what follows the target's name in each line.
  ZeroLines(std::string_view head, std::span<const PaddedText> ends) : head_(head), ends_(ends) {}

  static bool fit(std::string_view target) { return !target.empty() && target.size() <= kLongestName; }
  const PaddedText& end(std::size_t number) const { return ends_[number]; }

  // The lines from `first` to before `last`, for a target that fits.
  void write(std::string_view target, std::size_t first, std::size_t last, TextBuffer& out);

 private:
  struct Lines {
    std::string text;                 // the names are blank
    std::vector<std::size_t> starts;  // of each line, and the end of the last one
  };

  const Lines& lines_for(std::size_t name_size);

  std::string head_;
  std::span<const PaddedText> ends_;
  std::array<Lines, kLongestName + 1> by_name_size_;
};

}  // namespace authprobe::metrics
