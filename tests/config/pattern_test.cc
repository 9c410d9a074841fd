#include "exporter/config/pattern.h"

#include <gmock/gmock.h>

namespace authprobe::config {
namespace {

using ::testing::HasSubstr;

TEST(Pattern, IsSearchedAndComparedByItsText) {
  const Pattern pattern("a+b");
  EXPECT_TRUE(pattern.is_in("xaab"));
  EXPECT_FALSE(pattern.is_in("xb"));
  EXPECT_EQ(pattern, Pattern("a+b"));
  EXPECT_LT(pattern, Pattern("b"));
}

TEST(Pattern, NoneIsInEveryText) {
  EXPECT_TRUE(Pattern().is_in(""));
  EXPECT_TRUE(Pattern("").is_in("x"));
  EXPECT_EQ(Pattern().problem(), "");
}

TEST(Pattern, NamesItsFaultWithoutItsText) {
  EXPECT_EQ(Pattern("s3cret(").problem(), "missing )");
  EXPECT_THAT(Pattern(R"(\pL{1000})").problem(), HasSubstr("pattern too large"));
}

TEST(Patterns, CompileEachTextOnce) {
  Patterns patterns;
  const Pattern* const first = &patterns.get("x");
  EXPECT_EQ(&patterns.get("x"), first);
  EXPECT_NE(&patterns.get("x", ScopedPatterns::kMemory), first);
}

}  // namespace
}  // namespace authprobe::config
