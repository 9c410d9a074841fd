#include "exporter/wire/wide_text.h"

#include <gtest/gtest.h>

namespace authprobe::wire {
namespace {

using namespace std::string_literals;

TEST(Utf16, IsReadByItsMark) {
  EXPECT_EQ(utf8_of_wide_text("\xff\xfe{\0\xe9\0\xac\x20"s, ""), "{\xc3\xa9\xe2\x82\xac");
  EXPECT_EQ(utf8_of_wide_text("\xfe\xff\0{\0\xe9\x20\xac"s, "text/plain; charset=utf-8"), "{\xc3\xa9\xe2\x82\xac");
}

TEST(Utf16, IsReadByItsCharset) {
  EXPECT_EQ(utf8_of_wide_text("{\0}\0"s, "application/json; charset=UTF-16LE"), "{}");
  EXPECT_EQ(utf8_of_wide_text("\0{\0}"s, "application/json; charset=utf-16be"), "{}");
  EXPECT_EQ(utf8_of_wide_text("\0{\0}"s, "application/json; charset=\"utf-16\""), "{}");
  EXPECT_EQ(utf8_of_wide_text("{\0}\0"s, "application/json; charset=utf-16"), "{}");
}

TEST(Utf16, JsonIsReadByItsZeros) {
  EXPECT_EQ(utf8_of_wide_text("{\0}\0"s, "application/json"), "{}");
  EXPECT_EQ(utf8_of_wide_text("\0[\0]"s, ""), "[]");
  EXPECT_FALSE(utf8_of_wide_text("a\0b\0"s, "")) << "may be anything";
}

TEST(Utf16, PairsBecomeOneCharacterAndHalvesNone) {
  EXPECT_EQ(utf8_of_wide_text("\xff\xfe\x3d\xd8\x00\xde"s, ""), "\xf0\x9f\x98\x80");
  EXPECT_EQ(utf8_of_wide_text("\xff\xfe\x3d\xd8"s, ""), "\xef\xbf\xbd");
  EXPECT_EQ(utf8_of_wide_text("\xff\xfe\x00\xde"
                              "a\0b"s,
                              ""),
            "\xef\xbf\xbd"
            "a")
      << "the odd byte is dropped";
}

TEST(Utf16, OtherTextIsLeftAlone) {
  EXPECT_FALSE(utf8_of_wide_text("{}", "application/json"));
  EXPECT_FALSE(utf8_of_wide_text("", "text/plain; charset=utf-8"));
}

TEST(Utf32, IsReadByItsMark) {
  EXPECT_EQ(utf8_of_wide_text("\xff\xfe\0\0{\0\0\0\x00\xf6\x01\0"s, ""), "{\xf0\x9f\x98\x80");
  EXPECT_EQ(utf8_of_wide_text("\0\0\xfe\xff\0\0\0{\0\1\xf6\0"s, "text/plain; charset=utf-8"), "{\xf0\x9f\x98\x80");
  EXPECT_EQ(utf8_of_wide_text("\0\0\xfe\xff"s, ""), "");
}

TEST(Utf32, WhatIsNoCharacterIsReplaced) {
  EXPECT_EQ(utf8_of_wide_text("\0\0\xfe\xff\0\0\xd8\0\0\x11\0\0\xff\xff\xff\xff\0\0\0a\0\0"s, ""),
            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
            "a");
}

}  // namespace
}  // namespace authprobe::wire
