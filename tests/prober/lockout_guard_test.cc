#include "exporter/prober/lockout_guard.h"

#include <gtest/gtest.h>

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;

class Guarding : public testing::Test {
 protected:
  bool admit() { return guard.admit(revision, now); }
  void refuse(int times) {
    for (int i = 0; i < times; ++i) {
      EXPECT_TRUE(admit());
      guard.refused(now);
    }
  }

  LockoutGuard guard;
  std::uint64_t revision = 1;
  SlotTime now;
};

TEST_F(Guarding, RestsAfterThreeRefusalsInARow) {
  refuse(3);
  EXPECT_FALSE(admit());
  EXPECT_EQ(guard.rest(), 60s);
  now += 59s;
  EXPECT_FALSE(admit());
  now += 1s;
  EXPECT_TRUE(admit());
  EXPECT_FALSE(admit()) << "one trial at a time, however many targets there are";
}

TEST_F(Guarding, RestsLongerAndLongerButNotForEver) {
  refuse(3);
  for (const auto rest : {2min, 4min, 8min, 16min, 30min, 30min}) {
    now += guard.rest();
    refuse(1);
    EXPECT_EQ(guard.rest(), rest);
  }
}

TEST_F(Guarding, ProbesThatWereUnderWayDoNotLengthenTheRest) {
  refuse(3);
  for (int i = 0; i < 50; ++i) guard.refused(now);
  EXPECT_EQ(guard.rest(), 60s);
}

TEST_F(Guarding, OneGoodAnswerEndsIt) {
  refuse(2);
  guard.accepted();
  refuse(3);
  now += 60s;
  EXPECT_TRUE(admit());
  guard.accepted();
  EXPECT_EQ(guard.rest(), 0s);
  refuse(2);
  EXPECT_TRUE(admit());
}

TEST_F(Guarding, AnotherPasswordIsTriedAtOnce) {
  refuse(3);
  ++revision;
  EXPECT_TRUE(admit());
  EXPECT_TRUE(admit());
}

TEST_F(Guarding, ATrialThatIsNeverReportedDoesNotBlockTheNext) {
  refuse(3);
  now += 60s;
  EXPECT_TRUE(admit());
  now += 60s;
  EXPECT_TRUE(admit());
}

}  // namespace
}  // namespace authprobe::prober
