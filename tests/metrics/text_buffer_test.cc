#include "exporter/metrics/text_buffer.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace authprobe::metrics {
namespace {

// Puts lines of several lengths; returns them.
std::string put_lines(TextBuffer& buffer, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    buffer.put(line);
    all += line;
  }
  return all;
}

class Pieces : public testing::Test {
 protected:
  std::vector<std::string> pieces;
  Sink sink = [this](std::string_view piece) { pieces.emplace_back(piece); };
};

TEST_F(Pieces, AreBoundedAndCompleteTogether) {
  TextBuffer buffer(sink);
  const std::string all = put_lines(buffer, 100'000);
  buffer.flush();
  std::string joined;
  for (const std::string& piece : pieces) {
    EXPECT_LE(piece.size(), TextBuffer::kPiece);
    joined += piece;
  }
  EXPECT_GT(pieces.size(), 1u);
  EXPECT_EQ(joined, all);
}

TEST_F(Pieces, GrowForALineThatIsLongerThanOne) {
  TextBuffer buffer(sink);
  const std::string line(TextBuffer::kPiece * 2, 'x');
  buffer.put("short\n");
  buffer.put(line);
  buffer.flush();
  ASSERT_EQ(pieces.size(), 2u);
  EXPECT_EQ(pieces[1], line);
}

class WholeText : public testing::TestWithParam<std::size_t> {};

TEST_P(WholeText, HasAllThatWasWrittenWhateverItsFirstRoom) {
  Text text(GetParam());
  TextBuffer buffer(text);
  const std::string all = put_lines(buffer, 10'000);
  const std::string line(TextBuffer::kPiece * 4, 'x');
  buffer.put(line);
  buffer.flush();
  EXPECT_EQ(static_cast<std::string_view>(text), all + line);
}

INSTANTIATE_TEST_SUITE_P(Rooms, WholeText, testing::Values(0, 1, 1'000, 1'000'000));

TEST(WholeTexts, AreWrittenFromTheirBegin) {
  Text text(100);
  for (const std::string_view written : {"first, which is longer", "second"}) {
    TextBuffer buffer(text);
    buffer.put(written);
    buffer.flush();
  }
  EXPECT_EQ(static_cast<std::string_view>(text), "second");
}

}  // namespace
}  // namespace authprobe::metrics
