#include "exporter/metrics/text_format.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

namespace authprobe::metrics {
namespace {

template <typename Number>
std::string written(Number value) {
  char text[kNumberLength];
  return {text, write_number(text, value)};
}

TEST(Numbers, AreWrittenAsPrometheusReadsThem) {
  EXPECT_EQ(written(std::uint64_t{0}), "0");
  EXPECT_EQ(written(std::uint64_t{10}), "10");
  EXPECT_EQ(written(std::numeric_limits<std::uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(written(0.0635), "0.0635");
  EXPECT_EQ(written(0.0005), "0.0005");
  EXPECT_EQ(written(5e6), "5000000");
  EXPECT_EQ(written(1e100), "1e+100");
  EXPECT_EQ(written(-0.0), "0");
  EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(written(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_EQ(written(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

TEST(Numbers, OfAnyKindFitAndLoseNothing) {
  for (const double value : {-std::numeric_limits<double>::denorm_min(), -std::numeric_limits<double>::max(),
                             -1.2345678901234567e-5, -0.0012345678901234567, -123456789012345.67, 9.9999999999999e14}) {
    EXPECT_LE(written(value).size(), kNumberLength) << value;
    EXPECT_EQ(std::strtod(written(value).c_str(), nullptr), value);
  }
}

TEST(Numbers, DurationsHaveNoExponentAndNoNeedlessDigits) {
  EXPECT_EQ(written(Micros{0}), "0");
  EXPECT_EQ(written(Micros{1}), "0.000001");
  EXPECT_EQ(written(Micros{137}), "0.000137");
  EXPECT_EQ(written(Micros{2'500'000}), "2.5");
  EXPECT_EQ(written(Micros{4'294'967'295}), "4294.967295");
  EXPECT_EQ(written(200.0), "200");
  EXPECT_EQ(written(-200.0), "-200");
}

TEST(Numbers, TimesHaveNoExponentAndNoNeedlessDigits) {
  EXPECT_EQ(written(Millis{1'700'000'000'000}), "1700000000");
  EXPECT_EQ(written(Millis{1'700'000'000'250}), "1700000000.25");
  EXPECT_EQ(written(Millis{1'700'000'000'007}), "1700000000.007");
  EXPECT_EQ(written(Millis{100}), "0.1");
  EXPECT_EQ(written(Millis{0}), "0");
  EXPECT_EQ(written(Millis{-1'500}), "-1.5");
}

TEST(Escaping, LabelsLoseNothingAndEndNothing) {
  EXPECT_EQ(escape_label("a\\b\"c\nd"), "a\\\\b\\\"c\\nd");
  EXPECT_EQ(escape_label("größe {x=\"1\"}"), "größe {x=\\\"1\\\"}");
  EXPECT_EQ(escape_label(std::string("a\0b", 3)), "a\uFFFDb");
}

TEST(Escaping, HelpKeepsItsQuotes) {
  EXPECT_EQ(escape_help("a\\b \"c\"\nd"), "a\\\\b \"c\"\\nd");
}

}  // namespace
}  // namespace authprobe::metrics
