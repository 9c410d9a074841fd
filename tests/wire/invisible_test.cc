#include "exporter/wire/invisible.h"

#include <gtest/gtest.h>

namespace authprobe::wire {
namespace {

TEST(Invisible, AreNamed) {
  EXPECT_EQ(invisible_at_start("\u00a0x")->name, "a no-break space");
  EXPECT_EQ(invisible_at_start("\u202e")->name, "a mark of direction");
  EXPECT_EQ(invisible_at_start("\u2066")->point, 0x2066U);
  EXPECT_EQ(invisible_at_start("\U000e0041")->size, 4);
  EXPECT_FALSE(invisible_at_start("\u00e4"));
  EXPECT_FALSE(invisible_at_start("\u20ac"));
  EXPECT_FALSE(invisible_at_start("x"));
  EXPECT_FALSE(invisible_at_start(""));
  EXPECT_FALSE(invisible_at_start("\xe2\x80")) << "cut in a character";
}

TEST(Invisible, BlanksAreCutOffAtBothEnds) {
  EXPECT_EQ(trimmed_of_unicode_blanks("\u00a0 \ta\u00a0b\u3000\n\u2028"), "a\u00a0b");
  EXPECT_EQ(trimmed_of_unicode_blanks("\u200bx\u200b"), "\u200bx\u200b") << "has no width, and is no blank";
  EXPECT_EQ(trimmed_of_unicode_blanks("x\xa0"), "x\xa0") << "no UTF-8";
  EXPECT_EQ(trimmed_of_unicode_blanks(" \u2003 "), "");
}

TEST(Invisible, AreLeftOut) {
  EXPECT_EQ(without_invisible("a\u202eb\u200bc\u00a0d\u00e4"), "abc d\u00e4");
}

}  // namespace
}  // namespace authprobe::wire
