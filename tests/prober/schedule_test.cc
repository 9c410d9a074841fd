#include "exporter/prober/schedule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace authprobe::prober {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SlotTime kScheduleStart(seconds{1'795'305'600});  // a multiple of every interval used here

// Walks time in steps of a millisecond's multiple and notes every slot that comes.
std::vector<Schedule::Due> run(Schedule& schedule, SlotTime from, milliseconds span) {
  std::vector<Schedule::Due> slots;
  for (SlotTime now = from; now <= from + span; now += milliseconds{10}) {
    while (const auto due = schedule.next_due(now)) slots.push_back(*due);
  }
  return slots;
}

TEST(Schedule, ProbesEveryIntervalWithoutDrift) {
  Schedule schedule;
  schedule.add("billing", seconds{15}, true, kScheduleStart);
  const auto slots = run(schedule, kScheduleStart, seconds{150});
  ASSERT_GE(slots.size(), 10u);
  // The first one comes early, so that a small configuration has its first answers at once.
  for (std::size_t i = 2; i < slots.size(); ++i) EXPECT_EQ(slots[i].slot - slots[i - 1].slot, seconds{15});
}

TEST(Schedule, KeepsItsSlotsOverARestart) {
  Schedule before;
  before.add("billing", seconds{15}, true, kScheduleStart);
  Schedule after;
  after.add("billing", seconds{15}, true, kScheduleStart + seconds{1000} + milliseconds{7});
  const auto a = run(before, kScheduleStart, seconds{2000});
  const auto b = run(after, kScheduleStart + seconds{1000}, seconds{1000});
  EXPECT_EQ(a.back().slot, b.back().slot);
}

TEST(Schedule, SpreadsTargetsOverTheInterval) {
  Schedule schedule;
  for (int i = 0; i < 10'000; ++i) schedule.add("target-" + std::to_string(i), seconds{15}, true, kScheduleStart);
  std::map<SlotTime, int> per_tick;
  for (const auto& due : run(schedule, kScheduleStart, seconds{15})) ++per_tick[due.slot];
  // 150 ticks for 10,000 targets: 67 a tick on average. A poor hash shows as a tick with several times that.
  EXPECT_GE(per_tick.size(), 149u);
  for (const auto& [slot, count] : per_tick) EXPECT_LT(count, 120) << slot.time_since_epoch().count();
}

TEST(Schedule, StartsOnTicks) {
  Schedule schedule;
  schedule.add("a", milliseconds{250}, true, kScheduleStart);
  const auto slots = run(schedule, kScheduleStart, seconds{10});
  EXPECT_EQ(slots.size(), 41u);  // the first one comes early
  for (const auto& due : slots) EXPECT_EQ(due.slot.time_since_epoch() % Schedule::kTick, milliseconds{0});
}

TEST(Schedule, DoesNotWaitADayForTheFirstProbeOfADailyTarget) {
  Schedule schedule;
  for (int i = 0; i < 100; ++i)
    schedule.add("daily-" + std::to_string(i), std::chrono::hours{24}, true, kScheduleStart);
  EXPECT_EQ(run(schedule, kScheduleStart, Schedule::kFirstRound + seconds{1}).size(), 100u);
}

TEST(Schedule, ATargetProbedBeforeWaitsForItsSlot) {
  Schedule schedule;
  schedule.add("daily", std::chrono::hours{24}, false, kScheduleStart);
  EXPECT_TRUE(run(schedule, kScheduleStart, Schedule::kFirstRound).empty());
}

TEST(Schedule, CountsSlotsThatPassedAndReplaysNone) {
  Schedule schedule;
  schedule.add("a", seconds{1}, true, kScheduleStart);
  run(schedule, kScheduleStart, seconds{2});
  const SlotTime late = *schedule.next_slot() + seconds{5};  // the machine slept
  const auto due = schedule.next_due(late);
  ASSERT_TRUE(due);
  EXPECT_EQ(due->missed, 5u);
  EXPECT_FALSE(schedule.next_due(late));
  EXPECT_GT(*schedule.next_slot(), late);
}

TEST(Schedule, WithoutTargetsNothingIsEverDue) {
  Schedule schedule;
  EXPECT_FALSE(schedule.next_slot());
  EXPECT_FALSE(schedule.next_due(kScheduleStart));
}

}  // namespace
}  // namespace authprobe::prober
