#include "exporter/prober/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace authprobe::prober {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

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

TEST(Admission, AnEmptyFleetIsFine) {
  Admission admission(10, 10, {});
  EXPECT_FALSE(admission.next());
}

}  // namespace
}  // namespace authprobe::prober
