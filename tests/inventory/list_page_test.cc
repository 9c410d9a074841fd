// Pages of issuers' lists: rows in the forms that vendors give them, the next page, and what is no list.
#include "exporter/inventory/list_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/inventory/lists.h"

namespace authprobe::inventory {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const WallTime kPageTime(std::chrono::sys_days(std::chrono::year(2027) / 1 / 31));

ListPage read(const config::SecretList& list, std::string_view body, const wire::Headers& headers = {}) {
  return read_list_page(list, 0, {}, headers, body, kPageTime);
}

std::string day(const std::optional<WallTime>& time) {
  return time ? wire::rfc3339(*time) : "never";
}

TEST(ListPage, ReadsEachRow) {
  const ListPage page = read(test::tokens(), R"([
    {"id":7,"name":"ci","user":"ada","created_at":"2026-01-01T00:00:00.000Z","expires_at":"2027-06-01",
     "last_used_at":"2027-01-30T10:00:00Z","revoked":false},
    {"id":"8","name":null,"expires_at":null,"revoked":true}])");
  EXPECT_THAT(page.problem, IsEmpty());
  ASSERT_THAT(page.entries, SizeIs(2));
  EXPECT_EQ(page.entries[0].id, "7");
  EXPECT_EQ(page.entries[0].name, "ci");
  EXPECT_EQ(page.entries[0].owner, "ada");
  EXPECT_EQ(day(page.entries[0].created), "2026-01-01T00:00:00Z");
  EXPECT_EQ(day(page.entries[0].ends), "2027-06-01T00:00:00Z");
  EXPECT_EQ(day(page.entries[0].last_used), "2027-01-30T10:00:00Z");
  EXPECT_FALSE(page.entries[0].is_disabled);
  EXPECT_EQ(page.entries[1].id, "8");
  EXPECT_EQ(day(page.entries[1].ends), "never");
  EXPECT_TRUE(page.entries[1].is_disabled);
}

// Entra: an application has passwords and keys.
TEST(ListPage, ARowMayHaveSecretsInSeveralArrays) {
  config::SecretList list = test::tokens({config::NextPage::url, "/@odata.nextLink", ""});
  list.steps[0].rows = "/value";
  list.secrets = {"/passwordCredentials", "/keyCredentials"};
  list.id = {test::in_secret("/keyId")};
  list.owner = {test::in_row("/displayName")};
  const ListPage page = read(list, R"({"@odata.nextLink":"https://issuer.example/next","value":[
    {"displayName":"billing","passwordCredentials":[{"keyId":"a"},{"keyId":"b"}],"keyCredentials":[{"keyId":"c"}]},
    {"displayName":"empty","passwordCredentials":[],"keyCredentials":null}]})");
  EXPECT_THAT(page.problem, IsEmpty());
  ASSERT_THAT(page.entries, SizeIs(3));
  EXPECT_EQ(page.entries[2].id, "c");
  EXPECT_EQ(page.entries[2].owner, "billing");
  EXPECT_EQ(page.next, "https://issuer.example/next");
}

TEST(ListPage, ThePlaceThatHasAValueCounts) {
  config::SecretList list = test::tokens();
  list.title = {test::in_secret("/label"), test::in_secret("/name")};
  EXPECT_EQ(read(list, R"([{"id":1,"label":null,"name":"ci"}])").entries.at(0).name, "ci");
  EXPECT_EQ(read(list, R"([{"id":1,"label":"deploy","name":"ci"}])").entries.at(0).name, "deploy");
}

TEST(ListPage, ASingleObjectIsARow) {
  config::SecretList list = test::tokens();
  list.steps[0].rows = "/data";
  EXPECT_THAT(read(list, R"({"data":{"id":"x"}})").entries, SizeIs(1));
  EXPECT_TRUE(read(list, R"({"data":null})").is_empty);
}

TEST(ListPage, AnEarlierStepGivesNames) {
  config::SecretList list = test::tokens();
  list.steps.insert(list.steps.begin(), test::step("https://issuer.example/users"));
  list.steps[0].rows = "/users";
  list.steps[0].gives = {{"user", test::in_row("/login")}};
  const ListPage users = read(list, R"({"users":[{"login":"ada"},{"login":"bob"}]})");
  ASSERT_THAT(users.rows, SizeIs(2));
  EXPECT_EQ(users.rows[1], (Names{{"user", "bob"}}));
  list.owner = {test::of_step("user")};
  list.created = {test::of_step("made")};
  list.disabled = {{{test::of_step("status")}, {R"("off")"}}};
  const Names given{{"user", "bob"}, {"made", "2026-01-01T00:00:00Z"}, {"status", "off"}};
  const ListPage tokens = read_list_page(list, 1, given, {}, R"([{"id":1}])", kPageTime);
  EXPECT_EQ(tokens.entries.at(0).owner, "bob");
  EXPECT_EQ(day(tokens.entries.at(0).created), "2026-01-01T00:00:00Z");
  EXPECT_TRUE(tokens.entries.at(0).is_disabled);
}

// AWS: an answer in XML, where one row is no array, and no row leaves nothing.
TEST(ListPage, ReadsXml) {
  config::SecretList list = test::tokens({config::NextPage::cursor, "/R/Marker", "Marker"});
  list.steps[0].rows = "/R/Keys/member";
  list.steps[0].rows_optional = true;
  list.id = {test::in_secret("/Id")};
  list.created = {test::in_secret("/Made")};
  list.disabled = {{{test::in_secret("/Status")}, {R"("Inactive")"}}};
  const ListPage two = read(list, R"(<?xml version="1.0"?><a:R xmlns:a="x"><!-- <Keys/> --><Keys>
    <member><Id>a &amp; b</Id><Status>Active</Status><Made>2026-01-01T00:00:00Z</Made></member>
    <member><Id><![CDATA[<c>]]></Id><Status>Inactive</Status><Made/></member></Keys><Marker>m1</Marker></a:R>)");
  EXPECT_THAT(two.problem, IsEmpty());
  ASSERT_THAT(two.entries, SizeIs(2));
  EXPECT_EQ(two.entries[0].id, "a & b");
  EXPECT_EQ(day(two.entries[0].created), "2026-01-01T00:00:00Z");
  EXPECT_EQ(two.entries[1].id, "<c>");
  EXPECT_TRUE(two.entries[1].is_disabled);
  EXPECT_EQ(two.next, "m1");
  EXPECT_THAT(read(list, "<R><Keys><member><Id>1</Id></member></Keys></R>").entries, SizeIs(1));
  EXPECT_TRUE(read(list, "<R><Keys/></R>").is_empty);
}

TEST(ListPage, KnowsNoXmlThatIsNotWhole) {
  config::SecretList list = test::tokens();
  list.steps[0].rows = "/R/Keys/member";
  list.steps[0].rows_optional = true;
  for (const char* text : {"<R><Keys>", "<R></S>", "</R>", "<", "<R", "<!-- -->"}) {
    EXPECT_THAT(read(list, text).problem, HasSubstr("no XML")) << text;
  }
  EXPECT_THAT(read(list, "<html><body>Log in</body></html>").problem, HasSubstr("/R/Keys/member"));
  std::string deep;
  for (int i = 0; i < 10'000; ++i) deep += "<a>";
  EXPECT_THAT(read(list, deep).problem, HasSubstr("no XML"));
}

// Google: an empty list is left out of the answer.
TEST(ListPage, OptionalRowsMayBeLeftOut) {
  config::SecretList list = test::tokens();
  list.steps[0].rows = "/keys";
  EXPECT_THAT(read(list, "{}").problem, HasSubstr("/keys"));
  list.steps[0].rows_optional = true;
  EXPECT_THAT(read(list, "{}").problem, IsEmpty());
  EXPECT_TRUE(read(list, "{}").is_empty);
}

// Vault, and others that are written in Go: a time that is not set.
TEST(ListPage, TheYearOneIsNoEnd) {
  const ListPage page = read(test::tokens(), R"([{"id":1,"expires_at":"0001-01-01T00:00:00Z"}])");
  EXPECT_THAT(page.problem, IsEmpty());
  EXPECT_EQ(day(page.entries.at(0).ends), "never");
}

TEST(ListPage, SaysWhyItCannotBeRead) {
  EXPECT_THAT(read(test::tokens(), "<html>").problem, HasSubstr("no JSON"));
  EXPECT_THAT(read(test::tokens(), R"("ok")").problem, HasSubstr("no list"));
  EXPECT_THAT(read(test::tokens(), R"([{"name":"ci"}])").problem, HasSubstr("no id"));
  EXPECT_THAT(read(test::tokens(), R"([{"id":1,"expires_at":"soon"}])").problem, HasSubstr("no time"));
  config::SecretList nested = test::tokens();
  nested.steps[0].rows = "/value";
  EXPECT_THAT(read(nested, R"({"error":"x"})").problem, HasSubstr("/value"));
}

TEST(ListPage, TakesNoHostileTextAsItIs) {
  EXPECT_EQ(shown_text("a\n\x1b[31mb\u202e\u200bc"), "a  [31mbc");
  const std::string longest = shown_text(std::string(199, 'a') + "\u00e4\u00e4");
  EXPECT_EQ(longest, std::string(199, 'a') + "...");
}

TEST(LinkHeader, IsReadInAllItsForms) {
  const auto next = [](const std::string& value) { return link_with_relation(wire::Headers{{"link", value}}, "next"); };
  EXPECT_EQ(next(R"(<https://a.example/?page=2>; rel="next", <https://a.example/?page=9>; rel="last")"),
            "https://a.example/?page=2");
  EXPECT_EQ(next(R"(<https://a.example/?a=1,2>; rel="prev", </x?page=3>; title="a, b"; rel="first NEXT")"),
            "/x?page=3");
  EXPECT_EQ(next("<https://a.example/>; rel=next"), "https://a.example/");
  EXPECT_EQ(next(R"(<https://a.example/>; rel="nextish")"), "");
  EXPECT_EQ(next("<https://a.example/"), "");
}

}  // namespace
}  // namespace authprobe::inventory
