#include "exporter/prober/refusal_counts.h"

#include <gtest/gtest.h>

namespace authprobe::prober {
namespace {

config::Target with(const std::string& credential) {
  config::Target target;
  target.credential = credential;
  return target;
}

// Targets 0 and 1 use "a" and 2 uses "b" at host 0; 3 uses "a" at host 1; 4 uses none.
RefusalCounts fleet() {
  return RefusalCounts({with("a"), with("a"), with("b"), with("a"), with("")}, {0, 0, 0, 1, 0});
}

TEST(RefusalCounts, CountsTheTargetsOfACredentialAsTheyAreProbed) {
  RefusalCounts siblings = fleet();
  EXPECT_EQ(siblings.context_of(0).credential_targets, 0u);
  siblings.update(0, true);
  siblings.update(3, false);
  EXPECT_EQ(siblings.context_of(1).credential_targets, 2u);
  EXPECT_EQ(siblings.context_of(1).credential_refused, 1u);
  siblings.update(3, true);
  siblings.update(3, true);
  EXPECT_EQ(siblings.context_of(0).credential_refused, 2u);
  siblings.update(0, false);
  EXPECT_EQ(siblings.context_of(0).credential_refused, 1u);
}

TEST(RefusalCounts, ATargetIsFineIfItWasLetInAfterTheFirstRefusal) {
  RefusalCounts siblings = fleet();
  for (const std::size_t target : {0, 1, 3}) siblings.update(target, false);
  siblings.update(0, true);
  EXPECT_EQ(siblings.context_of(0).credential_fine, 0u) << "1 and 3 were let in before";
  siblings.update(1, false);
  siblings.update(1, false);
  EXPECT_EQ(siblings.context_of(0).credential_fine, 1u);
  siblings.update(1, true);
  EXPECT_EQ(siblings.context_of(0).credential_fine, 0u);
  siblings.update(0, false);
  EXPECT_EQ(siblings.context_of(1).credential_fine, 1u) << "it has recovered, and 1 has not";
  siblings.update(1, false);
  siblings.update(3, true);
  EXPECT_EQ(siblings.context_of(3).credential_fine, 0u) << "other refusals have begun";
  siblings.update(3, false);
  siblings.update(0, true);
  EXPECT_EQ(siblings.context_of(0).credential_fine, 0u);
}

TEST(RefusalCounts, AHostsCredentialIsRefusedWhereItIsRefusedEverywhere) {
  RefusalCounts siblings = fleet();
  siblings.update(0, true);
  siblings.update(1, false);
  siblings.update(2, true);
  EXPECT_EQ(siblings.context_of(0).host_credentials, 2u);
  EXPECT_EQ(siblings.context_of(0).host_credentials_refused, 1u) << "\"a\" still works with target 1";
  siblings.update(1, true);
  EXPECT_EQ(siblings.context_of(0).host_credentials_refused, 2u);
  siblings.update(2, false);
  EXPECT_EQ(siblings.context_of(0).host_credentials_refused, 1u);
  EXPECT_EQ(siblings.context_of(3).host_credentials, 0u) << "the other host has not been probed";
}

TEST(RefusalCounts, AHostThatLetSomebodyInIsKnown) {
  RefusalCounts siblings = fleet();
  siblings.update(0, true);
  siblings.update(3, false);
  EXPECT_FALSE(siblings.context_of(0).host_let_in) << "another host did";
  siblings.update(2, false);
  siblings.update(2, true);
  EXPECT_TRUE(siblings.context_of(0).host_let_in);
  RefusalCounts after_a_reload = fleet();
  after_a_reload.update(0, true);
  after_a_reload.note_let_in(0);
  EXPECT_TRUE(after_a_reload.context_of(0).host_let_in);
}

TEST(RefusalCounts, WithoutACredentialThereAreNone) {
  RefusalCounts siblings = fleet();
  siblings.update(4, true);
  EXPECT_EQ(siblings.context_of(4).credential_targets, 0u);
  EXPECT_EQ(siblings.context_of(0).host_credentials, 0u);
}

}  // namespace
}  // namespace authprobe::prober
