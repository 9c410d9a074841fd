#include "exporter/wire/utf16.h"

#include <gtest/gtest.h>

namespace authprobe::wire {
namespace {

using namespace std::string_literals;

TEST(Utf16, IsReadByItsMark) {
  EXPECT_EQ(utf8_of_utf16("\xff\xfe{\0\xe9\0\xac\x20"s, ""), "{\xc3\xa9\xe2\x82\xac");
  EXPECT_EQ(utf8_of_utf16("\xfe\xff\0{\0\xe9\x20\xac"s, "text/plain; charset=utf-8"), "{\xc3\xa9\xe2\x82\xac");
}

TEST(Utf16, IsReadByItsCharset) {
  EXPECT_EQ(utf8_of_utf16("{\0}\0"s, "application/json; charset=UTF-16LE"), "{}");
  EXPECT_EQ(utf8_of_utf16("\0{\0}"s, "application/json; charset=utf-16be"), "{}");
  EXPECT_EQ(utf8_of_utf16("\0{\0}"s, "application/json; charset=\"utf-16\""), "{}");
  EXPECT_EQ(utf8_of_utf16("{\0}\0"s, "application/json; charset=utf-16"), "{}");
}

TEST(Utf16, PairsBecomeOneCharacterAndHalvesNone) {
  EXPECT_EQ(utf8_of_utf16("\xff\xfe\x3d\xd8\x00\xde"s, ""), "\xf0\x9f\x98\x80");
  EXPECT_EQ(utf8_of_utf16("\xff\xfe\x3d\xd8"s, ""), "\xef\xbf\xbd");
  EXPECT_EQ(utf8_of_utf16("\xff\xfe\x00\xde"
                          "a\0b"s,
                          ""),
            "\xef\xbf\xbd"
            "a")
      << "the odd byte is dropped";
}

TEST(Utf16, OtherTextIsLeftAlone) {
  EXPECT_FALSE(utf8_of_utf16("{}", "application/json"));
  EXPECT_FALSE(utf8_of_utf16("", "text/plain; charset=utf-8"));
}

}  // namespace
}  // namespace authprobe::wire
