// Which source wins, and when to warn.
#include "exporter/credential/validity.h"

#include <gmock/gmock.h>

#include "exporter/credential/credential_metadata.h"

namespace authprobe::credential {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using enum ExpirySource;

const WallTime kLookedUpAt = std::chrono::sys_days(std::chrono::year(2026) / 11 / 1);
constexpr auto kAccess = ExpiryKind::access;

ExpiryClaim says(ExpirySource source, std::optional<WallTime> at, std::optional<WallTime> issued_at = {},
                 ExpiryKind kind = kAccess) {
  return {kind, source, at, issued_at};
}

Validity of(std::vector<ExpiryClaim> claims, const config::ExpiryRules& rules = {}) {
  return validity_of(claims, rules);
}

TEST(Validity, NobodyKnows) {
  const Validity span = of({});
  EXPECT_EQ(span.state, ExpiryState::unknown);
  EXPECT_THAT(span.ends, IsEmpty());
  EXPECT_FALSE(span.warn_before || span.critical_before || span.lifetime || span.end());
}

TEST(Validity, TheEarliestWins) {
  const auto span =
      of({says(jwt, kLookedUpAt + days(3)), says(introspection, kLookedUpAt + days(2)), says(lookup, std::nullopt)});
  EXPECT_THAT(span.ends, ElementsAre(Expiry{kAccess, introspection, kLookedUpAt + days(2)}));
  EXPECT_EQ(span.end(), kLookedUpAt + days(2));
}

TEST(Validity, OfEqualOnesTheFirstInTheOrderWins) {
  EXPECT_EQ(of({says(header, kLookedUpAt), says(jwt, kLookedUpAt)}).ends.front().source, jwt);
}

TEST(Validity, WhatIsDeclaredCountsOnlyWhereNobodyElseSaysATime) {
  EXPECT_EQ(of({says(declared, kLookedUpAt), says(header, kLookedUpAt + days(9))}).end(), kLookedUpAt + days(9));
  EXPECT_EQ(of({says(declared, kLookedUpAt)}).end(), kLookedUpAt);
  EXPECT_EQ(of({says(declared, kLookedUpAt), says(lookup, std::nullopt)}).end(), kLookedUpAt);
  EXPECT_EQ(of({says(declared, std::nullopt), says(lookup, std::nullopt)}).state, ExpiryState::never);
}

TEST(Validity, CertificateAndTokenEndEachForItself) {
  const auto span = of({says(certificate, kLookedUpAt, {}, ExpiryKind::certificate), says(jwt, kLookedUpAt + days(1))});
  EXPECT_THAT(span.ends, ElementsAre(Expiry{kAccess, jwt, kLookedUpAt + days(1)},
                                     Expiry{ExpiryKind::certificate, certificate, kLookedUpAt}));
  EXPECT_EQ(span.end(), kLookedUpAt + days(1));
}

// A JWT of 3607 s that kubelet renews at 80 % of its life, three turns; then kubelet stops.
TEST(Renewed, NoWarningWhileItWorksAndOneSoonAfterItIsMissed) {
  config::Credential config;
  config.expiry.renewed = config::Renewal::automatic;
  CredentialMetadata metadata(config);
  const auto warned = [&](WallTime now) {
    return *metadata.validity().end() - now <= *metadata.validity().warn_before;
  };
  WallTime issued = kLookedUpAt;
  for (int turn = 0; turn < 4; ++turn) {
    if (turn > 0) metadata.note_renewal(issued);
    metadata.reset_from("opaque");
    metadata.add_expiry(says(jwt, issued + seconds(3607), issued));
    for (seconds age{0}; age < seconds(2886); age += seconds(15)) EXPECT_FALSE(warned(issued + age)) << turn;
    if (turn < 3) issued += seconds(2886);
  }
  EXPECT_FALSE(warned(issued + seconds(2886 + 120))) << "a renewal may take a while";
  EXPECT_TRUE(warned(issued + seconds(2886 + 240)));
  EXPECT_EQ(metadata.validity().warn_before, seconds(721 - 180));
  EXPECT_EQ(metadata.validity().critical_before, seconds(270));
}

TEST(Renewed, BeforeAnyRenewalWasSeenATenthOfTheLifetimeIsLeft) {
  config::ExpiryRules rules;
  rules.renewed = config::Renewal::automatic;
  EXPECT_EQ(of({says(jwt, kLookedUpAt + seconds(3600), kLookedUpAt)}, rules).warn_before, seconds(360));
  EXPECT_EQ(of({says(jwt, kLookedUpAt + days(90), kLookedUpAt)}, rules).warn_before, days(9));
  rules.warn_before = std::chrono::hours(1);
  EXPECT_EQ(of({says(jwt, kLookedUpAt + days(90), kLookedUpAt)}, rules).warn_before, hours(1))
      << "what is configured counts";
}

TEST(Renewed, ASingleEarlyRenewalByHandChangesNothing) {
  config::Credential config;
  config.expiry.renewed = config::Renewal::automatic;
  CredentialMetadata metadata(config);
  for (const seconds left : {seconds(720), seconds(3500), seconds(-5)}) {
    metadata.reset_from("opaque");
    metadata.add_expiry(says(jwt, kLookedUpAt + seconds(3600), kLookedUpAt));
    metadata.note_renewal(kLookedUpAt + seconds(3600) - left);
  }
  metadata.reset_from("opaque");
  metadata.add_expiry(says(jwt, kLookedUpAt + seconds(3600), kLookedUpAt));
  EXPECT_EQ(metadata.validity().warn_before, seconds(540));
}

TEST(Validity, SlidingNeedsNoWarning) {
  config::ExpiryRules rules;
  rules.sliding = true;
  const auto span = of({says(header, kLookedUpAt + days(1))}, rules);
  EXPECT_EQ(span.state, ExpiryState::sliding);
  EXPECT_FALSE(span.warn_before);
}

TEST(Validity, IssueIsWhereverItIsTold) {
  EXPECT_EQ(of({says(introspection, kLookedUpAt + hours(1)), says(jwt, kLookedUpAt + hours(2), kLookedUpAt)}).lifetime,
            seconds(3600));
  config::ExpiryRules rules;
  rules.issued_at = std::chrono::floor<days>(kLookedUpAt);
  EXPECT_EQ(of({says(lookup, kLookedUpAt + days(5))}, rules).lifetime, seconds(5 * 86400));
}

struct Threshold {
  std::optional<seconds> lifetime;
  seconds warn, critical;
};
class Thresholds : public testing::TestWithParam<Threshold> {};

TEST_P(Thresholds, FollowTheLifetime) {
  const Threshold& expected = GetParam();
  const auto issued = expected.lifetime ? std::optional(kLookedUpAt - *expected.lifetime) : std::nullopt;
  const Validity span = of({says(jwt, kLookedUpAt, issued)});
  EXPECT_EQ(span.warn_before, expected.warn);
  EXPECT_EQ(span.critical_before, expected.critical);
}

INSTANTIATE_TEST_SUITE_P(Table, Thresholds,
                         testing::Values(Threshold{{}, days(14), days(2)}, Threshold{days(365), days(14), days(2)},
                                         Threshold{days(30), days(14), days(2)}, Threshold{days(28), days(7), days(2)},
                                         Threshold{days(10), hours(60), hours(24)},
                                         Threshold{hours(1), seconds(900), seconds(360)}));

TEST(Validity, ConfiguredThresholdsStand) {
  config::ExpiryRules rules;
  rules.warn_before = hours(6);
  EXPECT_EQ(of({says(jwt, kLookedUpAt)}, rules).warn_before, hours(6));
  EXPECT_EQ(of({says(jwt, kLookedUpAt)}, rules).critical_before, hours(6)) << "never before the warning";
  rules.critical_before = hours(1);
  EXPECT_EQ(of({says(jwt, kLookedUpAt)}, rules).critical_before, hours(1));
}

// A client's secret lives for a year, its tokens for an hour.
TEST(Validity, EachEndHasTheThresholdsOfItsOwnLifetime) {
  const auto span = of({says(token_response, kLookedUpAt + seconds(3600), kLookedUpAt),
                        says(inventory, kLookedUpAt + days(90), kLookedUpAt - days(275), ExpiryKind::secret)});
  ASSERT_EQ(span.ends.size(), 2u);
  EXPECT_EQ(span.ends[0].warn_before, seconds(900));
  EXPECT_EQ(span.ends[0].critical_before, seconds(360));
  EXPECT_EQ(span.ends[1].warn_before, days(14));
  EXPECT_EQ(span.ends[1].critical_before, days(2));
  EXPECT_EQ(span.warn_before, seconds(900));
}

}  // namespace
}  // namespace authprobe::credential
