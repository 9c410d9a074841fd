#include "exporter/wire/text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "exporter/wire/headers.h"

namespace authprobe::wire {
namespace {

TEST(TextTest, ComparesAsciiLettersWithoutCase) {
  EXPECT_TRUE(equal_ignoring_case("WWW-Authenticate", "www-authenticate"));
  EXPECT_FALSE(equal_ignoring_case("a", "ab"));
  EXPECT_FALSE(equal_ignoring_case("@[", "`{"));  // beside the letters in ASCII
  EXPECT_FALSE(equal_ignoring_case("\xc4", "\xe4"));
  EXPECT_TRUE(starts_with_ignoring_case("Bearer x", "bEARER "));
  EXPECT_FALSE(starts_with_ignoring_case("Bear", "Bearer"));
  EXPECT_TRUE(contains_ignoring_case("application/JSON; charset=utf-8", "json"));
  EXPECT_FALSE(contains_ignoring_case("text/plain", "json"));
}

TEST(TextTest, JoinsWords) {
  EXPECT_EQ(joined(std::vector<std::string>{}, ", "), "");
  EXPECT_EQ(joined(std::vector<std::string>{"a", "b", "c"}, ", "), "a, b, c");
}

TEST(TextTest, TrimsBlanksAtTheEnds) {
  EXPECT_EQ(trimmed(" \t a b \r\n"), "a b");
  EXPECT_EQ(trimmed(" \t "), "");
  EXPECT_EQ(trimmed(""), "");
}

TEST(HeadersTest, FindsTheFirstOfAName) {
  const Headers headers{{"Date", "x"}, {"SET-cookie", "a=1"}, {"Set-Cookie", "b=2"}};
  ASSERT_NE(find_header(headers, "set-cookie"), nullptr);
  EXPECT_EQ(*find_header(headers, "set-cookie"), "a=1");
  EXPECT_EQ(find_header(headers, "Cookie"), nullptr);
}

}  // namespace
}  // namespace authprobe::wire
