#include "exporter/commands/pace.h"

#include <gtest/gtest.h>

namespace authprobe::commands {
namespace {

using std::chrono::seconds;

TEST(Pace, IsDueAtOnceAndThenAfterTheLeastTime) {
  const Pace::Clock::time_point start;
  Pace pace(seconds(2));
  EXPECT_TRUE(pace.is_due(start));
  pace.done(start, start);
  EXPECT_FALSE(pace.is_due(start + seconds(1)));
  EXPECT_TRUE(pace.is_due(start + seconds(2)));
}

TEST(Pace, GivesLongWorkATenthOfTheTime) {
  const Pace::Clock::time_point start;
  Pace pace(seconds(2));
  pace.done(start, start + seconds(3));
  EXPECT_FALSE(pace.is_due(start + seconds(29)));
  EXPECT_TRUE(pace.is_due(start + seconds(30)));
}

}  // namespace
}  // namespace authprobe::commands
