#include "exporter/config/quantity.h"

#include <gtest/gtest.h>

namespace authprobe::config {
namespace {

TEST(Durations, AreNumbersWithUnitsTheLargestFirst) {
  EXPECT_EQ(parse_duration("500ms"), Duration(500));
  EXPECT_EQ(parse_duration("15s"), Duration(15'000));
  EXPECT_EQ(parse_duration("1m30s"), Duration(90'000));
  EXPECT_EQ(parse_duration("1d12h"), Duration(129'600'000));
  EXPECT_EQ(parse_duration("2w"), Duration(14 * 86'400'000LL));
  EXPECT_EQ(parse_duration("0s"), Duration(0));
}

TEST(Durations, AreNothingElse) {
  for (const char* text : {"", "15", "s", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "30s1m", "1s1s", "1S", "1y",
                           "99999999999999999999s", "9223372036854775807w", "101000w"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Durations, AreWrittenAsTheyAreRead) {
  for (const char* text : {"0s", "1ms", "15s", "1m30s", "14d", "1d1h1m1s1ms"}) {
    EXPECT_EQ(format_duration(*parse_duration(text)), text);
  }
}

TEST(Sizes, AreAWholeNumberWithAUnit) {
  EXPECT_EQ(parse_size("0B"), 0u);
  EXPECT_EQ(parse_size("10kB"), 10'000u);
  EXPECT_EQ(parse_size("10KiB"), 10'240u);
  EXPECT_EQ(parse_size("10MiB"), 10u << 20);
  EXPECT_EQ(parse_size("2GB"), 2'000'000'000u);
  for (const char* text : {"", "10", "MiB", "1.5MiB", "10 MiB", "10MIB", "10M", "-1B", "99999999999GiB"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(Sizes, AreWrittenAsTheyAreRead) {
  for (const char* text : {"0B", "1000B", "1KiB", "10MiB", "3GiB", "1025B"}) {
    EXPECT_EQ(format_size(*parse_size(text)), text);
  }
}

}  // namespace
}  // namespace authprobe::config
