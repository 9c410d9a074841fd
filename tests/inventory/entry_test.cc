// What a secret of a list means at a time.
#include "exporter/inventory/entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/inventory/lists.h"

namespace authprobe::inventory {
namespace {

using std::chrono::days;
using std::chrono::hours;
using ::testing::ElementsAre;
using ::testing::Optional;

const WallTime kEntryTime(std::chrono::sys_days(std::chrono::year(2027) / 1 / 31));

// A year long, and used an hour ago, unless the test says otherwise.
Entry entry(WallTime::duration left) {
  Entry entry;
  entry.id = "1";
  entry.created = kEntryTime + left - days(365);
  entry.ends = kEntryTime + left;
  entry.last_used = kEntryTime - hours(1);
  return entry;
}

EntryState state(const Entry& entry, const config::Inventory& rules = test::inventory_of(test::tokens())) {
  return state_of(entry, rules, kEntryTime);
}

TEST(EntryState, FollowsTheTimeThatIsLeft) {
  EXPECT_EQ(state(entry(days(15))), EntryState::ok);
  EXPECT_EQ(state(entry(days(14))), EntryState::warning);
  EXPECT_EQ(state(entry(days(2))), EntryState::critical);
  EXPECT_EQ(state(entry(days(0))), EntryState::expired);
}

TEST(EntryState, WarnsLaterOfWhatLivesShorter) {
  Entry weekly = entry(days(3));
  weekly.created = kEntryTime - days(4);
  EXPECT_EQ(state(weekly), EntryState::ok);
  EXPECT_EQ(state(entry(days(3))), EntryState::warning);
}

TEST(EntryState, FollowsTheConfiguredTimes) {
  config::Inventory rules = test::inventory_of(test::tokens());
  rules.warn_before = hours(48);
  EXPECT_EQ(state(entry(days(3)), rules), EntryState::ok);
  rules.critical_before = hours(24);
  EXPECT_EQ(state(entry(hours(30)), rules), EntryState::warning);
}

TEST(EntryState, NeverMeansThatItHasNoEnd) {
  Entry endless = entry(days(1));
  endless.ends.reset();
  EXPECT_EQ(state(endless), EntryState::never);
}

TEST(EntryState, DisabledGoesBeforeEverything) {
  Entry revoked = entry(days(-3));
  revoked.is_disabled = true;
  EXPECT_EQ(state(revoked), EntryState::disabled);
}

TEST(EntryState, UnusedCountsFromTheLastUseOrTheCreation) {
  Entry idle = entry(days(100));
  idle.last_used = kEntryTime - days(91);
  EXPECT_EQ(state(idle), EntryState::unused);
  idle.last_used.reset();
  EXPECT_EQ(state(idle), EntryState::unused);
  idle.created = kEntryTime - days(10);
  EXPECT_EQ(state(idle), EntryState::ok);
}

TEST(EntryState, AnEndThatIsNearMattersMoreThanUse) {
  Entry idle = entry(days(1));
  idle.last_used = kEntryTime - days(91);
  EXPECT_EQ(state(idle), EntryState::critical);
}

TEST(EntryState, NothingIsUnusedWhereTheIssuerDoesNotTell) {
  config::SecretList silent = test::tokens();
  silent.last_used.clear();
  Entry old = entry(days(100));
  old.last_used.reset();
  EXPECT_EQ(state(old, test::inventory_of(silent)), EntryState::ok);
}

TEST(EntryList, CountsEachStateAndFindsTheNextEnd) {
  EntryList list{{entry(days(-1)), entry(days(1)), entry(days(200))}, kEntryTime, 1};
  EXPECT_THAT(count_states(list, test::inventory_of(test::tokens()), kEntryTime), ElementsAre(1, 0, 1, 1, 0, 0, 0));
  EXPECT_THAT(next_end(list, kEntryTime), Optional(kEntryTime + days(1)));
}

TEST(EntryList, DisabledSecretsHaveNoNextEnd) {
  EntryList list{{entry(days(1))}, kEntryTime, 1};
  list.entries[0].is_disabled = true;
  EXPECT_EQ(next_end(list, kEntryTime), std::nullopt);
}

TEST(EntryList, IsInOrderOfTheEndsAndWithoutRepetitions) {
  Entry endless = entry(days(9));
  endless.ends.reset();
  std::vector<Entry> entries{endless, entry(days(9)), entry(days(3)), entry(days(9))};
  settle(entries);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries[0].ends, kEntryTime + days(3));
  EXPECT_EQ(entries[1].ends, kEntryTime + days(9));
  EXPECT_EQ(entries[2].ends, std::nullopt);
}

}  // namespace
}  // namespace authprobe::inventory
