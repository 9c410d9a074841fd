#include "exporter/commands/pulse.h"

#include <gtest/gtest.h>

namespace authprobe::commands {
namespace {

using namespace std::chrono_literals;

TEST(Pulse, ALoopThatStandsStillIsTrouble) {
  const Pulse::Clock::time_point start{1000s};
  Pulse pulse(start);
  EXPECT_EQ(pulse.trouble(start + 9s), std::nullopt);
  EXPECT_EQ(pulse.trouble(start + 12s), "the probing loop has not turned for 12 s");
  pulse.beat(start + 12s);
  EXPECT_EQ(pulse.trouble(start + 13s), std::nullopt);
}

}  // namespace
}  // namespace authprobe::commands
