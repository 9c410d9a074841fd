#include "exporter/prober/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace authprobe::prober {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::size_t> admitted(Admission& admission) {
  std::vector<std::size_t> targets;
  while (const auto target = admission.next()) targets.push_back(*target);
  return targets;
}

TEST(Admission, StartsInOrderWhileThereIsRoom) {
  Admission admission(10, 10, {0, 0, 1});
  admission.offer(2);
  admission.offer(0);
  admission.offer(1);
  EXPECT_THAT(admitted(admission), ElementsAre(2, 0, 1));
  EXPECT_EQ(admission.in_flight(), 3u);
}

TEST(Admission, BoundsAHostAndLetsOthersPass) {
  Admission admission(10, 2, {0, 0, 0, 0, 1});
  for (std::size_t target = 0; target < 5; ++target) admission.offer(target);
  EXPECT_THAT(admitted(admission), ElementsAre(0, 4, 1));
  EXPECT_TRUE(admission.waiting(2));
  EXPECT_THAT(admitted(admission), IsEmpty());
  admission.finished(1);
  EXPECT_THAT(admitted(admission), ElementsAre(2));
  EXPECT_FALSE(admission.waiting(2));
}

TEST(Admission, BoundsTheProcess) {
  Admission admission(2, 2, {0, 1, 2});
  for (std::size_t target = 0; target < 3; ++target) admission.offer(target);
  EXPECT_THAT(admitted(admission), ElementsAre(0, 1));
  admission.finished(0);
  EXPECT_THAT(admitted(admission), ElementsAre(2));
}

TEST(Admission, HostsTakeTurns) {
  Admission admission(1, 8, {0, 0, 0, 1, 1, 1});
  for (std::size_t target = 0; target < 6; ++target) admission.offer(target);
  std::vector<std::size_t> order;
  while (const auto target = admission.next()) {
    order.push_back(*target);
    admission.finished(*target);
  }
  EXPECT_THAT(order, ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(Admission, CountsWhatWasUnderWayBefore) {
  Admission admission(10, 1, {0, 0});
  admission.adopt(0);
  admission.offer(1);
  EXPECT_THAT(admitted(admission), IsEmpty());
  admission.finished(0);
  EXPECT_THAT(admitted(admission), ElementsAre(1));
}

TEST(Admission, BoundsAScopeAndLetsOthersPass) {
  Admission admission(10, 10, {0, 1, 2, 3}, {{2}, {0, 0, 0, Admission::kNone}});
  for (std::size_t target = 0; target < 4; ++target) admission.offer(target);
  EXPECT_THAT(admitted(admission), ElementsAre(0, 1, 3));
  admission.finished(3);
  EXPECT_THAT(admitted(admission), IsEmpty());
  admission.finished(1);
  EXPECT_THAT(admitted(admission), ElementsAre(2));
}

TEST(Admission, AScopeLeavesRoomAtAHostThatItShares) {
  Admission admission(100, 8, {0, 0, 0, 0, 0, 0, 0, 1, 1, 1}, {{50}, {0, 0, 0, 0, 0, 0, Admission::kNone, 0, 0, 0}});
  for (std::size_t target = 0; target < 10; ++target) admission.offer(target);
  EXPECT_THAT(admitted(admission), UnorderedElementsAre(0, 1, 6, 7, 8, 9));  // host 1 is its own
  admission.finished(0);
  EXPECT_THAT(admitted(admission), ElementsAre(2));
}

// Host and scope are full in turn: whoever gives up room that the other one cannot use passes it on.
TEST(Admission, RoomThatOneCannotUseIsTheNextOnes) {
  Admission admission(100, 1, {0, 0, 1, 1}, {{1}, {0, Admission::kNone, 0, Admission::kNone}});
  admission.offer(1);
  admission.offer(0);
  admission.offer(2);
  EXPECT_THAT(admitted(admission), ElementsAre(1, 2));
  admission.offer(3);
  EXPECT_THAT(admitted(admission), IsEmpty());
  admission.finished(1);
  EXPECT_THAT(admitted(admission), IsEmpty());  // host 0 has room, but the scope's one probe is at host 1
  admission.offer(1);
  EXPECT_THAT(admitted(admission), ElementsAre(1));
  admission.finished(2);
  EXPECT_THAT(admitted(admission), ElementsAre(3));
  admission.finished(1);
  EXPECT_THAT(admitted(admission), ElementsAre(0));
}

TEST(Admission, RoomOfAHostThatAFullScopeCannotUseIsAnotherScopes) {
  Admission admission(100, 1, {0, 0, 1, 0}, {{1, 1}, {0, Admission::kNone, 0, 1}});
  admission.offer(1);
  admission.offer(2);
  EXPECT_THAT(admitted(admission), ElementsAre(1, 2));
  admission.offer(0);
  admission.offer(3);
  EXPECT_THAT(admitted(admission), IsEmpty());
  admission.finished(1);
  EXPECT_THAT(admitted(admission), ElementsAre(3));  // 0 came first, but its scope's one probe is at host 1
}

TEST(Admission, RoomOfAScopeThatAFullHostCannotUseIsAnotherHosts) {
  Admission admission(100, 1, {1, 0, 2, 0}, {{1}, {0, 0, 0, Admission::kNone}});
  admission.offer(0);
  admission.offer(1);
  admission.offer(2);
  EXPECT_THAT(admitted(admission), ElementsAre(0));
  admission.offer(3);
  EXPECT_THAT(admitted(admission), ElementsAre(3));
  admission.finished(0);
  EXPECT_THAT(admitted(admission), ElementsAre(2));  // 1 came first, but its host is full by now
}

TEST(Admission, EverythingThatIsOfferedStartsInTheEnd) {
  std::minstd_rand random(7);
  std::vector<std::uint32_t> host_of;
  Admission::Scopes scopes{{3, 1, 5}, {}};
  for (int i = 0; i < 200; ++i) {
    host_of.push_back(random() % 20);
    const std::uint32_t scope = random() % 4;
    scopes.of.push_back(scope == 3 ? Admission::kNone : scope);
  }
  Admission admission(15, 2, host_of, scopes);
  std::vector<std::size_t> in_flight;
  std::vector<int> starts(200);
  for (int turn = 0; turn < 5000; ++turn) {
    const std::size_t target = random() % 200;
    const bool runs = std::ranges::find(in_flight, target) != in_flight.end();
    if (turn < 3000 && !runs && !admission.waiting(target)) admission.offer(target);
    for (const std::size_t started : admitted(admission)) {
      in_flight.push_back(started);
      ++starts[started];
    }
    ASSERT_LE(in_flight.size(), 15u);
    if (in_flight.empty()) continue;
    const auto ended = in_flight.begin() + static_cast<std::ptrdiff_t>(random() % in_flight.size());
    admission.finished(*ended);
    in_flight.erase(ended);
  }
  EXPECT_THAT(in_flight, IsEmpty());
  for (std::size_t target = 0; target < 200; ++target) EXPECT_FALSE(admission.waiting(target)) << target;
  EXPECT_GT(*std::ranges::min_element(starts), 0);
}

TEST(Admission, AnEmptyFleetIsFine) {
  Admission admission(10, 10, {});
  EXPECT_FALSE(admission.next());
}

}  // namespace
}  // namespace authprobe::prober
