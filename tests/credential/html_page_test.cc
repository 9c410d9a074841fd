// The values that logins take from pages.
#include "exporter/credential/html_page.h"

#include <gtest/gtest.h>

namespace authprobe::credential {
namespace {

TEST(HtmlPage, HasTheValuesOfItsFields) {
  const char kPage[] = R"(<!DOCTYPE html>
<html><head><META NAME='csrf-token' CONTENT=m&amp;1>
<script>var fake = '<input name="csrf" value="script">';</script>
<!-- <input name="csrf" value="comment"> -->
<body><form id="kc-form-login" onsubmit="return 1 > 0" action="https://id.example.com/auth?a=1&amp;b=&#x2F;&#50;" method="post">
<input disabled type=hidden
  name = "csrf"
  value = "f1&quot;&lt;&amp;amp;"/>
<input name="csrf" value="second"><input name="empty" value=""><input name="none">
</form><form name="other"></form>)";
  EXPECT_EQ(input_value(kPage, "csrf"), "f1\"<&amp;");
  EXPECT_EQ(input_value(kPage, "empty"), "");
  EXPECT_EQ(input_value(kPage, "none"), std::nullopt);
  EXPECT_EQ(input_value(kPage, "csrf-token"), std::nullopt);
  EXPECT_EQ(meta_content(kPage, "csrf-token"), "m&1");
  EXPECT_EQ(form_action(kPage, ""), "https://id.example.com/auth?a=1&b=/2");
  EXPECT_EQ(form_action(kPage, "kc-form-login"), form_action(kPage, ""));
  EXPECT_EQ(form_action(kPage, "other"), "");
  EXPECT_EQ(form_action(kPage, "third"), std::nullopt);
}

TEST(HtmlPage, IsReadToItsEndHoweverItEnds) {
  for (const char* page : {"", "<", "<!--", "<input", "<input name", "<input name=", "<input name='a", "<script>",
                           "<input =", "<input name=a value=&#1114112;", "<input/name=a/value"}) {
    EXPECT_EQ(input_value(page, "csrf"), std::nullopt) << page;
    EXPECT_EQ(form_action(page, ""), std::nullopt) << page;
  }
  EXPECT_EQ(input_value("<input name=a value=1&#0;&unknown;&", "a"), "1&#0;&unknown;&");
}

}  // namespace
}  // namespace authprobe::credential
