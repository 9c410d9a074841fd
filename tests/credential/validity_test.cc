// Which source wins, and when to warn.
#include "exporter/credential/validity.h"

#include <gmock/gmock.h>

namespace authprobe::credential {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;
using enum ExpirySource;

const WallTime kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 1);
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
  const auto span = of({says(jwt, kNow + days(3)), says(introspection, kNow + days(2)), says(lookup, std::nullopt)});
  EXPECT_THAT(span.ends, ElementsAre(Expiry{kAccess, introspection, kNow + days(2)}));
  EXPECT_EQ(span.end(), kNow + days(2));
}

TEST(Validity, OfEqualOnesTheFirstInTheOrderWins) {
  EXPECT_EQ(of({says(header, kNow), says(jwt, kNow)}).ends.front().source, jwt);
}

TEST(Validity, WhatIsDeclaredCountsOnlyWhereNobodyElseSaysATime) {
  EXPECT_EQ(of({says(declared, kNow), says(header, kNow + days(9))}).end(), kNow + days(9));
  EXPECT_EQ(of({says(declared, kNow)}).end(), kNow);
  EXPECT_EQ(of({says(declared, kNow), says(lookup, std::nullopt)}).end(), kNow);
  EXPECT_EQ(of({says(declared, std::nullopt), says(lookup, std::nullopt)}).state, ExpiryState::never);
}

TEST(Validity, CertificateAndTokenEndEachForItself) {
  const auto span = of({says(certificate, kNow, {}, ExpiryKind::certificate), says(jwt, kNow + days(1))});
  EXPECT_THAT(span.ends,
              ElementsAre(Expiry{kAccess, jwt, kNow + days(1)}, Expiry{ExpiryKind::certificate, certificate, kNow}));
  EXPECT_EQ(span.end(), kNow + days(1));
}

TEST(Validity, SlidingNeedsNoWarning) {
  config::ExpiryRules rules;
  rules.sliding = true;
  const auto span = of({says(header, kNow + days(1))}, rules);
  EXPECT_EQ(span.state, ExpiryState::sliding);
  EXPECT_FALSE(span.warn_before);
}

TEST(Validity, IssueIsWhereverItIsTold) {
  EXPECT_EQ(of({says(introspection, kNow + hours(1)), says(jwt, kNow + hours(2), kNow)}).lifetime, seconds(3600));
  config::ExpiryRules rules;
  rules.issued_at = std::chrono::floor<days>(kNow);
  EXPECT_EQ(of({says(lookup, kNow + days(5))}, rules).lifetime, seconds(5 * 86400));
}

struct Threshold {
  std::optional<seconds> lifetime;
  seconds warn, critical;
};
class Thresholds : public testing::TestWithParam<Threshold> {};

TEST_P(Thresholds, FollowTheLifetime) {
  const Threshold& expected = GetParam();
  const auto issued = expected.lifetime ? std::optional(kNow - *expected.lifetime) : std::nullopt;
  const Validity span = of({says(jwt, kNow, issued)});
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
  EXPECT_EQ(of({says(jwt, kNow)}, rules).warn_before, hours(6));
  EXPECT_EQ(of({says(jwt, kNow)}, rules).critical_before, hours(6)) << "never before the warning";
  rules.critical_before = hours(1);
  EXPECT_EQ(of({says(jwt, kNow)}, rules).critical_before, hours(1));
}

}  // namespace
}  // namespace authprobe::credential
