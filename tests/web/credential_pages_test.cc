// What the landing page and the API say of credentials.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exporter/web/credential_table.h"
#include "exporter/web/pages.h"

namespace authprobe::web {
namespace {

using namespace std::chrono_literals;
using credential::ExpiryKind;
using credential::ExpirySource;
using credential::ExpiryState;
using prober::State;
using testing::HasSubstr;
using testing::Not;

const WallTime kNow{1'795'309'779s};  // 2026-11-22T01:09:39Z

CredentialRow row(const std::string& name, std::size_t ok = 1, std::size_t refused = 0) {
  CredentialRow made;
  made.name = name;
  made.kind = "bearer";
  made.status.name = name;
  made.status.available = true;
  made.status.targets[static_cast<std::size_t>(State::ok)] = ok;
  made.status.targets[static_cast<std::size_t>(State::unauthorized)] = refused;
  return made;
}

CredentialRow ending(const std::string& name, std::chrono::seconds left) {
  CredentialRow made = row(name);
  made.status.expiry_state = ExpiryState::known;
  made.status.expiries = {{ExpiryKind::access, ExpirySource::jwt, kNow + left}};
  made.status.warn_before = 14 * 24h;
  made.status.critical_before = 2 * 24h;
  return made;
}

TEST(ExpiryWords, SayWhatIsKnown) {
  EXPECT_EQ(expiry_words(ending("a", 12 * 24h).status, kNow), "in 12 d");
  EXPECT_EQ(expiry_words(ending("a", -3h).status, kNow), "expired 3 h ago");
  prober::CredentialStatus status;
  EXPECT_EQ(expiry_words(status, kNow), "not known");
  status.expiry_state = ExpiryState::never;
  EXPECT_EQ(expiry_words(status, kNow), "never");
  status.expiry_state = ExpiryState::sliding;
  EXPECT_EQ(expiry_words(status, kNow), "slides");
  status.active = false;
  EXPECT_EQ(expiry_words(status, kNow), "no longer works");
}

TEST(CredentialTable, PutsFirstWhatNeedsSomebody) {
  CredentialRow missing = row("missing");
  missing.status.available = false;
  missing.status.problem = "file /x: <gone>";
  const std::string table =
      credential_table({row("fine"), ending("soon", 10 * 24h), missing, ending("over", -1h), row("hit", 1, 2)}, kNow);
  const auto place = [&](const char* name) { return table.find(">" + std::string(name) + "</span>"); };
  EXPECT_LT(place("missing"), place("over"));
  EXPECT_LT(place("over"), place("hit"));
  EXPECT_LT(place("hit"), place("soon"));
  EXPECT_LT(place("soon"), place("fine"));
  EXPECT_THAT(table, HasSubstr("<small>file /x: &lt;gone&gt;</small>"));
  EXPECT_THAT(table, HasSubstr("<b>2 not ok</b>, 1 ok"));
  EXPECT_THAT(table, HasSubstr("title=\"2026-12-02T01:09:39Z\">in 10 d</time>"));
}

TEST(CredentialTable, IsBoundedAndAbsentWithoutCredentials) {
  EXPECT_EQ(credential_table({}, kNow), "");
  EXPECT_THAT(credential_table(std::vector<CredentialRow>(60, row("a")), kNow), HasSubstr("and 10 more"));
}

TEST(CredentialTable, LinksOnlyToWebPages) {
  CredentialRow linked = row("a");
  linked.rotation = "https://wiki.example.com/?page=a&b";
  EXPECT_THAT(credential_table({linked}, kNow), HasSubstr("href=\"https://wiki.example.com/?page=a&amp;b\""));
  linked.rotation = "javascript:alert(1)";
  EXPECT_THAT(credential_table({linked}, kNow), Not(HasSubstr("javascript")));
}

TEST(CredentialsJson, SaysAll) {
  CredentialRow billing = ending("billing", 1h);
  billing.owner = "payments";
  billing.used_by = {"webhooks"};
  billing.required_scopes = {"read", "write"};
  billing.status.granted_scopes = {"read"};
  billing.status.missing_scopes = {"write"};
  billing.status.lookup = {2, kNow};
  billing.not_ok = {"billing-me"};
  const auto json = nlohmann::json::parse(credentials_json({billing, row("maps")}));
  const auto& first = json.at(0);
  EXPECT_EQ(first.at("name"), "billing");
  EXPECT_EQ(first.at("owner"), "payments");
  EXPECT_EQ(first.at("expiry").at("state"), "known");
  EXPECT_EQ(first.at("expiry").at("ends").at(0).at("at"), "2026-11-22T02:09:39Z");
  EXPECT_EQ(first.at("expiry").at("ends").at(0).at("source"), "jwt");
  EXPECT_EQ(first.at("expiry").at("observed"), "2026-11-22T01:09:39Z");
  EXPECT_EQ(first.at("scopes").at("missing").at(0), "write");
  EXPECT_EQ(first.at("targets").at("ok"), 1);
  EXPECT_EQ(first.at("not_ok").at(0), "billing-me");
  EXPECT_EQ(json.at(1).at("owner"), nullptr);
  EXPECT_EQ(json.at(1).at("scopes").at("granted"), nullptr);
  EXPECT_EQ(credentials_json({}), "[]\n");
}

}  // namespace
}  // namespace authprobe::web
