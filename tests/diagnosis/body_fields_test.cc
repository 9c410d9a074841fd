#include "exporter/diagnosis/body_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace authprobe::diagnosis {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::Not;

MATCHER_P2(FieldIs, path, value, "") {
  return arg.path == path && arg.value == value;
}

std::vector<Field> fields_of(std::string_view body, bool deep = true) {
  return parse_body(body, "", deep).fields;
}

TEST(BodyFields, JsonWhereverItNests) {
  const auto fields =
      fields_of(R"({"error":{"code":401,"errors":[{"reason":"authError","Message":"no"}]},"ok":false})");
  EXPECT_THAT(fields, Contains(FieldIs("error.code", "401")));
  EXPECT_THAT(fields, Contains(FieldIs("error.errors.reason", "authError")));
  EXPECT_THAT(fields, Contains(FieldIs("error.errors.message", "no")));
  EXPECT_THAT(fields, Contains(FieldIs("ok", "false")));
}

TEST(BodyFields, JsonCutInTheMiddleStillTells) {
  EXPECT_THAT(fields_of(R"({"error":"invalid_token","details":{"trace":"abc)"),
              Contains(FieldIs("error", "invalid_token")));
}

TEST(BodyFields, JsonBehindAGuardOrInsideAString) {
  EXPECT_THAT(parse_body(")]}'\n{\"error\":\"x\"}", "application/json", true).fields, Contains(FieldIs("error", "x")));
  EXPECT_THAT(fields_of(R"({"message":"{\"code\":\"token_expired\"}"})"), Contains(FieldIs("code", "token_expired")));
}

TEST(BodyFields, ContentIsLeftOutOfASuccess) {
  const std::string body = R"({"data":{"error":"token expired"},"items":[{"status":"failed"}],"total":2})";
  EXPECT_THAT(fields_of(body, false), testing::ElementsAre(FieldIs("total", "2")));
  EXPECT_THAT(fields_of(body, true), Contains(FieldIs("data.error", "token expired")));
}

TEST(BodyFields, XmlTagsAttributesAndCdata) {
  const auto fields = fields_of(
      "<?xml version='1.0'?><s:Fault xmlns:s=\"urn:x\"><s:faultcode>wsse:Failed</s:faultcode>"
      "<err code=\"98\" msg='Invalid auth token'/><Message><![CDATA[a <b> c]]></Message></s:Fault>");
  EXPECT_THAT(fields, Contains(FieldIs("faultcode", "wsse:Failed")));
  EXPECT_THAT(fields, Contains(FieldIs("err.code", "98")));
  EXPECT_THAT(fields, Contains(FieldIs("err.msg", "Invalid auth token")));
  EXPECT_THAT(fields, Contains(FieldIs("message", "a <b> c")));
}

TEST(BodyFields, XmlMayHoldHtmlAndElementsOfItsNames) {
  const Body outcome = parse_body(
      "<Outcome xmlns=\"urn:x\"><text><div><p>generated</p></div></text><diagnostics value=\"token "
      "expired\"/></Outcome>",
      "", true);
  EXPECT_EQ(outcome.format, BodyFormat::xml);
  EXPECT_THAT(outcome.fields, Contains(FieldIs("diagnostics", "token expired")));
  EXPECT_EQ(parse_body("<reply><body><code>7</code></body></reply>", "", true).format, BodyFormat::xml);
  EXPECT_EQ(parse_body("<!-- x --><h1>Not found</h1>", "", true).format, BodyFormat::html);
}

TEST(BodyFields, RowsAreCountedWhereTheyAreNoErrors) {
  EXPECT_EQ(parse_body(R"({"runs":[{"a":1},{"a":2},{"a":3}],"errors":[{},{},{},{}]})", "", true).rows, 3U);
  EXPECT_EQ(parse_body(R"({"errors":[{"code":1},{"code":2}]})", "", true).rows, 0U);
  EXPECT_EQ(parse_body("<r><run><a>1</a></run><run><a>2</a></run></r>", "", true).rows, 2U);
}

TEST(BodyFields, WhereAPageLeadsOnByItself) {
  EXPECT_EQ(
      parse_body("<html><meta http-equiv=refresh content='0; URL=/login?a=1&amp;b=2'></html>", "", true).sends_on_to,
      "/login?a=1&b=2");
  EXPECT_EQ(parse_body("<html><form action=\"/in\"></form><script>document.forms[0].submit()</script></html>", "", true)
                .sends_on_to,
            "/in");
  EXPECT_EQ(parse_body("<html><form action=\"/in\"></form></html>", "", true).sends_on_to, "");
}

TEST(BodyFields, HtmlIsReadAsAPersonSeesIt) {
  const Body body = parse_body(
      "<!DOCTYPE html><html><head><title>Sign&nbsp;in</title><style>p{}</style><script>var "
      "token='expired'</script></head>"
      "<body><!-- revoked --><p>Hello,\n\n <b>you&#39;re</b></p><input type=password></body></html>",
      "text/html", true);
  EXPECT_EQ(body.format, BodyFormat::html);
  EXPECT_EQ(body.title, "Sign in");
  EXPECT_EQ(body.password_inputs, 1U);
  EXPECT_THAT(body.text, testing::HasSubstr("Hello, you're"));
  EXPECT_THAT(body.text, Not(testing::HasSubstr("expired")));
  EXPECT_THAT(body.text, Not(testing::HasSubstr("revoked")));
}

TEST(BodyFields, FormOfAnOldTokenEndpoint) {
  EXPECT_THAT(fields_of("error=invalid_grant&error_description=The+code+has+expired%21"),
              Contains(FieldIs("error_description", "The code has expired!")));
}

TEST(BodyFields, HostileBodiesAreBounded) {
  EXPECT_THAT(fields_of(std::string(65'536, '[')), IsEmpty());
  std::string nested;
  for (int i = 0; i < 10'000; ++i) nested += R"({"a":)";
  EXPECT_THAT(fields_of(nested), IsEmpty());
  std::string many = "{";
  for (int i = 0; i < 5'000; ++i) many += "\"k" + std::to_string(i) + "\":1,";
  EXPECT_EQ(fields_of(many).size(), kMostFields);
  EXPECT_LE(fields_of("{\"error\":\"" + std::string(60'000, 'x') + "\"}").front().value.size(), kMostFieldValue);
  const std::string tags(65'536, '<');
  EXPECT_LE(parse_body("<html>" + tags, "", true).text.size(), kMostText);
  EXPECT_LE(fields_of("<a>" + tags).size(), kMostFields);
  EXPECT_LE(parse_body(std::string(1'000'000, 'x'), "", true).text.size(), kMostText);
}

}  // namespace
}  // namespace authprobe::diagnosis
