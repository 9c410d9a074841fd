#include "exporter/prober/maintenance.h"

#include <gtest/gtest.h>

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

constexpr auto kSunday = sys_days{std::chrono::year{2026} / 11 / 22};

config::MaintenanceWindow weekly(unsigned days, std::chrono::minutes from, std::chrono::minutes duration) {
  config::MaintenanceWindow window;
  window.days = static_cast<std::uint8_t>(days);
  window.from = from;
  window.duration = duration;
  return window;
}

bool covers(const config::MaintenanceWindow& window, std::chrono::system_clock::time_point now) {
  return in_maintenance({&window, 1}, now);
}

TEST(Maintenance, OnceFromStartUntilJustBeforeEnd) {
  config::MaintenanceWindow window;
  window.start = kSunday + 22h;
  window.end = kSunday + 23h;
  EXPECT_FALSE(covers(window, kSunday + 22h - 1s));
  EXPECT_TRUE(covers(window, kSunday + 22h));
  EXPECT_TRUE(covers(window, kSunday + 23h - 1s));
  EXPECT_FALSE(covers(window, kSunday + 23h));
}

TEST(Maintenance, WeeklyOnTheDaysNamed) {
  const auto window = weekly(0b0000001, 22h, 60min);  // Sundays
  EXPECT_TRUE(covers(window, kSunday + 22h + 30min));
  EXPECT_FALSE(covers(window, kSunday + 24h + 22h + 30min));
  EXPECT_TRUE(covers(window, kSunday + 7 * 24h + 22h));
}

TEST(Maintenance, WeeklyPastMidnight) {
  const auto window = weekly(0b1000000, 23h, 4h);  // Saturday 23:00 until Sunday 03:00
  EXPECT_TRUE(covers(window, kSunday + 2h + 59min));
  EXPECT_FALSE(covers(window, kSunday + 3h));
  EXPECT_FALSE(covers(window, kSunday + 23h));
}

TEST(Maintenance, WeeklyByTheClocksOfAPlaceInSummerAndInWinter) {
  auto window = weekly(0b0000010, 2h, 60min);  // Mondays 02:00 to 03:00
  window.zone = wire::TimeZone::named("Europe/Berlin").value();
  const sys_days winter{std::chrono::year{2026} / 11 / 23};
  EXPECT_FALSE(covers(window, winter + 1h - 1s));
  EXPECT_TRUE(covers(window, winter + 1h));
  EXPECT_FALSE(covers(window, winter + 2h));
  const sys_days summer{std::chrono::year{2026} / 7 / 6};
  EXPECT_TRUE(covers(window, summer));
  EXPECT_FALSE(covers(window, summer + 1h));
}

TEST(Maintenance, TheDayIsThatOfThePlace) {
  auto window = weekly(0b0000001, 22h, 60min);  // Sundays 22:00 to 23:00
  window.zone = wire::TimeZone::named("America/Los_Angeles").value();
  EXPECT_FALSE(covers(window, kSunday + 22h));
  EXPECT_TRUE(covers(window, kSunday + 24h + 6h));  // 22:00 there
}

TEST(Maintenance, AnHourThatTheClocksSkipBeginsWhenTheyDo) {
  auto window = weekly(0b0000001, 2h + 30min, 60min);  // Sundays 02:30 to 03:30
  window.zone = wire::TimeZone::named("Europe/Berlin").value();
  const sys_days forward{std::chrono::year{2026} / 3 / 29};  // at 01:00 UTC it is 03:00 there
  EXPECT_FALSE(covers(window, forward + 1h - 1s));
  EXPECT_TRUE(covers(window, forward + 1h));
  EXPECT_FALSE(covers(window, forward + 2h));
  const sys_days back{std::chrono::year{2026} / 10 / 25};  // 02:30 is there twice, at 00:30 and at 01:30 UTC
  EXPECT_TRUE(covers(window, back + 30min));
  EXPECT_FALSE(covers(window, back + 1h + 30min));
}

TEST(Maintenance, WithoutWindowsNever) {
  EXPECT_FALSE(in_maintenance({}, kSunday));
}

}  // namespace
}  // namespace authprobe::prober
