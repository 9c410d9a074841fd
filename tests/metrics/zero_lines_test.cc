// Runs of zeros are what the same lines are one by one, whatever the length of the target's name.
#include "exporter/metrics/zero_lines.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exporter/metrics/text_writer.h"

namespace authprobe::metrics {
namespace {

const std::vector<PaddedText>& ends() {
  static const std::vector<PaddedText> kEnds = {PaddedText("\",state=\"ok\"} "), PaddedText("\",state=\"forbidden\"} "),
                                                PaddedText("\"} "), PaddedText("\",state=\"unreachable\"} ")};
  return kEnds;
}

// A name with room behind it, as the fleet's have.
struct Name {
  explicit Name(std::size_t size) : text(size + TextBuffer::kBlock, '#'), name(text.data(), size) {
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
  }
  std::string text;
  std::string_view name;
};

// Both ways, for the same targets in the same order.
class ZeroLinesText : public testing::Test {
 protected:
  void expect_same(const std::vector<std::size_t>& name_sizes, std::size_t first, std::size_t last) {
    Text in_runs, one_by_one;
    TextWriter runs(in_runs), lines(one_by_one);
    for (TextWriter* writer : {&runs, &lines}) writer->family("authprobe_x", "gauge", "Help.");
    ZeroLines zeros = runs.zero_lines(ends());
    for (const std::size_t size : name_sizes) {
      const Name name(size);
      runs.use_target(name.name);
      runs.target_zeros(zeros, first, last);
      lines.use_target(name.name);
      for (std::size_t i = first; i < last; ++i) lines.target_sample(ends()[i], std::uint64_t{0});
    }
    runs.flush();
    lines.flush();
    EXPECT_EQ(std::string_view(in_runs), std::string_view(one_by_one)) << first << " to " << last;
  }
};

TEST_F(ZeroLinesText, IsThatOfTheLines) {
  std::vector<std::size_t> sizes;
  for (std::size_t size = 1; size <= ZeroLines::kLongestName + 5; ++size) sizes.push_back(size);
  for (std::size_t size = ZeroLines::kLongestName; size > 0; --size) sizes.push_back(size);
  for (std::size_t first = 0; first <= ends().size(); ++first)
    for (std::size_t last = first; last <= ends().size(); ++last) expect_same(sizes, first, last);
}

TEST_F(ZeroLinesText, OfOneTargetIsOneLineForEachEnd) {
  Text text;
  TextWriter writer(text);
  writer.family("authprobe_x", "gauge", "Help.");
  ZeroLines zeros = writer.zero_lines(ends());
  const Name name(3);
  writer.use_target(name.name);
  writer.target_zeros(zeros, 1, 3);
  writer.flush();
  EXPECT_EQ(std::string_view(text),
            "# HELP authprobe_x Help.\n# TYPE authprobe_x gauge\n"
            "authprobe_x{target=\"abc\",state=\"forbidden\"} 0\nauthprobe_x{target=\"abc\"} 0\n");
}

}  // namespace
}  // namespace authprobe::metrics
