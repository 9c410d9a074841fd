// Every form in which issuers write a time.
#include "exporter/wire/time.h"

#include <gmock/gmock.h>

namespace authprobe::wire {
namespace {

using namespace std::chrono;

constexpr WallTime kNow = sys_days(2026y / 11 / 1);

struct Case {
  const char* text;
  WallTime at;
};

class EveryForm : public testing::TestWithParam<Case> {};

TEST_P(EveryForm, IsRead) {
  const auto moment = read_timestamp(GetParam().text, kNow);
  ASSERT_TRUE(moment) << GetParam().text;
  EXPECT_FALSE(moment->never);
  EXPECT_EQ(floor<microseconds>(moment->at + 500ns), GetParam().at) << GetParam().text;
}

constexpr WallTime kSecond = sys_days(2026y / 10 / 7) + 19h + 7min + 53s;

INSTANTIATE_TEST_SUITE_P(
    Table, EveryForm,
    testing::Values(Case{"1791400073", kSecond}, Case{"1791400073.25", kSecond + 250ms},
                    Case{"1791400073250", kSecond + 250ms}, Case{"3599", kNow + 3599s},
                    Case{"2026-10-07T19:07:53Z", kSecond}, Case{"2026-10-07t19:07:53z", kSecond},
                    Case{"2026-10-07T21:07:53.5+02:00", kSecond + 500ms},
                    Case{"2026-10-07T19:07:53.123456789Z", kSecond + 123457us}, Case{"2026-10-07T19:07:53", kSecond},
                    Case{"2026-10-07", sys_days(2026y / 10 / 7)}, Case{"2026-10-07 19:07:53 UTC", kSecond},
                    Case{"2026-10-07 21:07:53 +0200", kSecond}, Case{"2026-10-07 14:37:53 -0430", kSecond},
                    Case{"Wed, 07 Oct 2026 19:07:53 GMT", kSecond}, Case{"Wed, 07-Oct-2026 19:07:53 GMT", kSecond},
                    Case{"Wednesday, 07-Oct-26 19:07:53 GMT", kSecond}, Case{"Wed Oct  7 19:07:53 2026", kSecond},
                    Case{"261007190753Z", kSecond}, Case{"20261007190753Z", kSecond}, Case{"20261007T190753Z", kSecond},
                    Case{" 2026-10-07 ", sys_days(2026y / 10 / 7)}, Case{"/Date(1791400073250)/", kSecond + 250ms},
                    Case{"/Date(1791400073000+0200)/", kSecond}, Case{"/Date(1791400073000-0430)/", kSecond}));

TEST(Timestamp, ANumberCountsWhatItsSizeShows) {
  const WallTime end{1'798'422'232s};
  for (const char* text : {"1798422232", "1798422232000", "1798422232000000", "1798422232000000000"}) {
    EXPECT_EQ(read_timestamp(text, kNow)->at, end) << text;
    EXPECT_EQ(read_timestamp(text, kNow, TimeFormat::unix_seconds)->at, end) << text;
  }
  EXPECT_TRUE(read_timestamp("9007199254740991", kNow)->never) << "the largest whole number of JavaScript";
  EXPECT_TRUE(read_timestamp("9223372036854775807", kNow)->never) << "the largest of 64 bits";
}

TEST(Timestamp, SomeValuesMeanNever) {
  for (const char* text :
       {"0", "-1", "null", "never", "9999-12-31T23:59:59Z", "253402300799", "253402300799000", "99991231235959Z",
        "Fri, 31 Dec 9999 23:59:59 GMT", "/Date(0)/", "/Date(-62135596800000)/", "/Date(253402300799999)/"}) {
    const auto moment = read_timestamp(text, kNow);
    ASSERT_TRUE(moment) << text;
    EXPECT_TRUE(moment->never) << text;
  }
}

TEST(Timestamp, WhatIsNoTimeIsNone) {
  for (const char* text : {"",
                           "soon",
                           "2026-13-01",
                           "2026-02-30",
                           "2026-10-07T",
                           "2026-10-07T25:00:00Z",
                           "2026-10-07T19:07:53.Z",
                           "2026-10-07T19:07:53.1234567890Z",
                           "2026-10-07T19:07:53+99:00",
                           "2026-10-07x",
                           "-5",
                           "1e9",
                           "nan",
                           "inf",
                           "Wed, 07 Foo 2026 19:07:53 GMT",
                           "Xyz, 07 Oct 2026 19:07:53 GMT",
                           "1791400073 s",
                           "/Date()/",
                           "/Date(x)/",
                           "/Date(1791400073000",
                           "/Date(1791400073000+02)/",
                           "/Date(-5)/",
                           "20261007190753",
                           "0000000000000000000000000000000000000000000000000000000000000000000000001"}) {
    EXPECT_FALSE(read_timestamp(text, kNow)) << text;
  }
}

TEST(Timestamp, AFormatSaysWhatANumberCounts) {
  EXPECT_EQ(read_timestamp("1791400073", kNow, TimeFormat::seconds)->at, kNow + seconds(1791400073));
  EXPECT_EQ(read_timestamp("3599", kNow, TimeFormat::unix_seconds)->at, WallTime(3599s));
  EXPECT_EQ(read_timestamp("3599000", kNow, TimeFormat::unix_milliseconds)->at, WallTime(3599s));
  EXPECT_EQ(read_timestamp("2026-10-07", kNow, TimeFormat::seconds)->at, sys_days(2026y / 10 / 7));
}

TEST(Rfc3339, IsWrittenToTheSecond) {
  EXPECT_EQ(rfc3339(WallTime{}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(rfc3339(WallTime{milliseconds{-1}}), "1969-12-31T23:59:59Z");
  EXPECT_EQ(rfc3339(WallTime{std::chrono::seconds{951'782'400}}), "2000-02-29T00:00:00Z");
}

TEST(HttpDate, IsReadInItsForms) {
  for (const char* text : {"Wed, 07 Oct 2026 19:07:53 GMT", " Wed, 07 Oct 2026 19:07:53 GMT ",
                           "Wednesday, 07-Oct-26 19:07:53 GMT", "Wed Oct  7 19:07:53 2026"}) {
    EXPECT_EQ(read_http_date(text), kSecond) << text;
  }
  for (const char* text : {"", "1791400073", "2026-10-07T19:07:53Z", "Wed, 32 Oct 2026 19:07:53 GMT", "Wed, 07 Oct"}) {
    EXPECT_EQ(read_http_date(text), std::nullopt) << text;
  }
}

TEST(Rfc3339, IsReadAgainToTheSecondInTheNextCenturyToo) {
  for (const std::string_view text : {"2143-04-02T16:42:31Z", "2199-12-31T23:59:59Z", "2250-01-01T00:00:01Z"}) {
    const auto moment = read_timestamp(text, WallTime{});
    ASSERT_TRUE(moment && !moment->never) << text;
    EXPECT_EQ(rfc3339(moment->at), text);
  }
}

TEST(SecondsSince1970, HaveTheirFraction) {
  EXPECT_EQ(seconds_since_1970(WallTime{milliseconds{1500}}), 1.5);
}

TEST(HttpDate, IsReadAgain) {
  const WallTime time = *read_http_date("Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(time, "-0000"), "Sun, 06 Nov 1994 08:49:37 -0000");
}

}  // namespace
}  // namespace authprobe::wire
