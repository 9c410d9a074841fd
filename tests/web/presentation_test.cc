// The form of durations, counts and foreign text.
#include "exporter/web/presentation.h"

#include <gtest/gtest.h>

namespace authprobe::web {
namespace {

using std::chrono::seconds;

TEST(Presentation, WritesLengthsOfTime) {
  EXPECT_EQ(in_words(seconds(-3)), "0 s");
  EXPECT_EQ(in_words(seconds(59)), "59 s");
  EXPECT_EQ(in_words(seconds(119)), "1 min");
  EXPECT_EQ(in_words(seconds(3'600)), "1 h");
  EXPECT_EQ(in_words(seconds(86'400 * 100 + 3'600 * 3)), "100 d 3 h");
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1'234'567), "1,234,567");
}

TEST(Presentation, LeavesOnlyWholeCharacters) {
  EXPECT_EQ(html("é€😀\t\n"), "é€😀\t\n");
  EXPECT_EQ(html("a\xc3(\xe2\x82(\xed\xa0\x80\xf5\xc0\xafz\x7f"), "a((z");
  EXPECT_EQ(html("a\xf5\x80\x80\x80\xf0\x8f\x80\x80\xf4\x90\x80\x80z"), "az");
  EXPECT_EQ(shortened("abcdef", 6), "abcdef");
  EXPECT_EQ(shortened("abcdefg", 6), "abcdef…");
  EXPECT_EQ(shortened("abcd€f", 6), "abcd…");
}

TEST(Presentation, NothingTurnsTheTextAround) {
  EXPECT_EQ(html("a\u202Eb\u2066c\u2069d\u200Fe"), "a\uFFFDb\uFFFDc\uFFFDd\uFFFDe");
  EXPECT_EQ(html("\u200B\u2028\u2065\u206A\u2013"), "\u200B\u2028\u2065\u206A\u2013") << "neighbours stay";
}

}  // namespace
}  // namespace authprobe::web
