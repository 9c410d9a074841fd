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

TEST(TextTest, PartsAreTakenOffTheFront) {
  std::string_view text = " a = 1 ;b;; c";
  EXPECT_EQ(take_part(text, ';'), "a = 1");
  EXPECT_EQ(take_part(text, ';'), "b");
  EXPECT_EQ(take_part(text, ';'), "");
  EXPECT_EQ(text, " c");
  EXPECT_EQ(take_part(text, ';'), "c");
  EXPECT_EQ(take_part(text, ';'), "");
}

TEST(TextTest, CodePointsAreWrittenAsUtf8) {
  std::string text;
  for (const char32_t point : {U'a', U'\u00e9', U'\u20ac', U'\U0001f511'}) append_utf8(text, point);
  EXPECT_EQ(text, "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\x91");
}

}  // namespace
}  // namespace authprobe::wire
