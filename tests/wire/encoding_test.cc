#include "exporter/wire/encoding.h"

#include <gmock/gmock.h>

namespace authprobe::wire {
namespace {

TEST(EncodingTest, PercentEncodesAllButUnreservedCharacters) {
  EXPECT_EQ(percent_encoded("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encoded("a b/\xc3\xa4%"), "a%20b%2F%C3%A4%25");
  EXPECT_EQ(percent_encoded("a/b+", {.plain = "/", .digits = "0123456789abcdef"}), "a/b%2b");
}

TEST(EncodingTest, DecodesEscapesAndLeavesOtherPercentSigns) {
  EXPECT_EQ(percent_decoded("a%20b%2Fc"), "a b/c");
  EXPECT_EQ(percent_decoded("100%"), "100%");
  EXPECT_EQ(percent_decoded("%4"), "%4");
  EXPECT_EQ(percent_decoded("%zz%41"), "%zzA");
}

TEST(EncodingTest, WritesAForm) {
  Secret form;
  append_form_field(form, "grant_type", "client_credentials");
  append_form_field(form, "client secret", "a&b=c");
  EXPECT_EQ(form.reveal(), "grant_type=client_credentials&client%20secret=a%26b%3Dc");
}

TEST(EncodingTest, KnowsBothAlphabetsOfBase64) {
  EXPECT_EQ(base64("\xfb\xff\xfe!"), "+//+IQ==");
  EXPECT_EQ(base64url("\xfb\xff\xfe!"), "-__-IQ");
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64_decoded("-__-IQ"), "\xfb\xff\xfe!");
  EXPECT_EQ(base64_decoded("+//+IQ=="), "\xfb\xff\xfe!");
  EXPECT_EQ(base64_decoded("a.b"), std::nullopt);
}

TEST(EncodingTest, WritesHexadecimalDigits) {
  EXPECT_EQ(hex(std::string_view("\x00\x0f\xff", 3)), "000fff");
}

// The example of RFC 7617, section 2.
TEST(EncodingTest, WritesBasicCredentials) {
  EXPECT_EQ(basic_credentials("Aladdin", "open sesame").reveal(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
}

TEST(Hex, IsReadInBothCases) {
  EXPECT_EQ(hex_decoded("00fFa1"), std::string("\0\xff\xa1", 3));
  EXPECT_EQ(hex_decoded(""), "");
  for (const char* text : {"0", "0g", "0x00", " 00"}) EXPECT_EQ(hex_decoded(text), std::nullopt) << text;
}

}  // namespace
}  // namespace authprobe::wire
