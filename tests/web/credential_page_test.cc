// What the pages say of credentials.
#include "exporter/web/credential_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/web/snapshots.h"

namespace authprobe::web {
namespace {

using credential::ExpiryState;
using testing::HasSubstr;
using testing::Not;

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

TEST(CredentialsPage, PutsDeadOnesFirst) {
  CredentialRow missing = credential("missing");
  missing.status.available = false;
  missing.status.problem = "file /x: <gone>";
  const std::string page =
      credentials_page(snapshot({}, {credential("fine"), ending("soon", 10 * 24h), missing, ending("over", -1h),
                                     credential("partly", 45, 5), credential("all-refused", 0, 50)}),
                       kAbout);
  const auto place = [&](const char* name) { return page.find(">" + std::string(name) + "</a>"); };
  EXPECT_LT(place("over"), place("all-refused"));
  EXPECT_LT(place("missing"), place("all-refused"));
  EXPECT_LT(place("all-refused"), place("soon"));
  EXPECT_LT(place("soon"), place("partly"));
  EXPECT_LT(place("partly"), place("fine"));
  EXPECT_THAT(page, HasSubstr("<small>file /x: &lt;gone&gt;</small>"));
  EXPECT_THAT(page, HasSubstr("<b>5 not ok</b>, 45 ok"));
}

TEST(CredentialPage, SaysAllThatIsKnown) {
  CredentialRow billing = ending("billing", 10 * 24h);
  billing.owner = "payments";
  billing.used_by = {"webhooks"};
  billing.rotation = "https://wiki.example.com/renew";
  billing.required_scopes = {"read", "write"};
  billing.status.granted_scopes = {"read", "admin"};
  billing.status.missing_scopes = {"write"};
  billing.status.excess_scopes = {"admin"};
  billing.status.lifetime = 90 * 24h;
  billing.status.rotations = 3;
  billing.status.claims = {
      {credential::ExpiryKind::access, credential::ExpirySource::lookup, kNow + 20 * 24h, std::nullopt}};
  billing.status.next = prober::CredentialStatus::Next{};
  billing.status.next->name = "billing-2";
  const std::string page = credential_page(billing, snapshot({refused("me"), target("other")}, {billing}), kAbout);
  for (const char* part :
       {"<dt>Owner</dt><dd>payments</dd>", "<dt>Used by</dt><dd>webhooks</dd>", "<dt>Lifetime</dt><dd>90 d</dd>",
        "2026-12-02T01:09:39Z", "<dt>Rotations</dt><dd>3</dd>", "<dt>Missing</dt><dd>write</dd>",
        "<dt>Does not count</dt><dd>access: 2026-12-12T01:09:39Z", "<dt>In excess</dt><dd>admin</dd>",
        "<dt>Next one</dt><dd>billing-2", "<a href=\"../targets/me\">me</a>", "href=\"../assets/page.css\""}) {
    EXPECT_THAT(page, HasSubstr(part));
  }
  EXPECT_THAT(page, Not(HasSubstr(">other</a>")));
}

}  // namespace
}  // namespace authprobe::web
