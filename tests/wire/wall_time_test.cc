#include "exporter/wire/wall_time.h"

#include <gtest/gtest.h>

#include <cmath>

namespace authprobe::wire {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

TEST(WallTime, TimesThatTheClockCannotHoldAreItsEnds) {
  EXPECT_EQ(wall_time(sys_days(2027y / January / 31)), sys_days(2027y / January / 31));
  EXPECT_EQ(wall_time(sys_days(2300y / January / 1)), kEndOfClock);
  EXPECT_EQ(wall_time(sys_days(9999y / December / 31)), kEndOfClock);
  EXPECT_EQ(wall_time(sys_days(1600y / January / 1)), sys_days(1970y / January / 1));
  EXPECT_EQ(wall_time(1.5), WallTime(1500ms));
  EXPECT_EQ(wall_time(1e300), kEndOfClock);
  EXPECT_EQ(wall_time(-1e300), WallTime{});
  EXPECT_EQ(wall_time(std::nan("")), WallTime{});
}

TEST(WallTime, NoDifferenceOfTwoOverflows) {
  EXPECT_EQ(wall_time(1e300) - wall_time(-1e300), 9'200'000'000s);
}

TEST(WallTime, AnEndInTheYear9999IsNone) {
  EXPECT_EQ(end_time(sys_days(9999y / December / 31)), std::nullopt);
  EXPECT_EQ(end_time(sys_days(2300y / January / 1)), kEndOfClock);
  EXPECT_EQ(end_time(sys_days(1600y / January / 1)), WallTime{});
}

}  // namespace
}  // namespace authprobe::wire
