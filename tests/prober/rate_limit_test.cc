#include "exporter/prober/rate_limit.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kNow{1'795'305'600s};
using wire::Headers;

TEST(RateLimit, GitHubSaysAnEpoch) {
  const Headers headers{
      {"x-ratelimit-limit", "5000"}, {"X-RateLimit-Remaining", "4999"}, {"X-RateLimit-Reset", "1795305700"}};
  const RateLimit limit = read_rate_limit(headers, kNow);
  EXPECT_EQ(limit.limit, 5000);
  EXPECT_EQ(limit.remaining, 4999);
  EXPECT_EQ(limit.reset, kNow + 100s);
}

TEST(RateLimit, OthersSaySecondsOrMilliseconds) {
  EXPECT_EQ(read_rate_limit(Headers{{"RateLimit-Reset", "30"}}, kNow).reset, kNow + 30s);
  EXPECT_EQ(read_rate_limit(Headers{{"X-Rate-Limit-Reset", "1795305630000"}}, kNow).reset, kNow + 30s);
}

TEST(RateLimit, TheCombinedHeaderInBothDrafts) {
  const RateLimit older = read_rate_limit(Headers{{"RateLimit", "limit=100, remaining=50, reset=30"}}, kNow);
  EXPECT_EQ(older.limit, 100);
  EXPECT_EQ(older.remaining, 50);
  EXPECT_EQ(older.reset, kNow + 30s);
  const RateLimit newer = read_rate_limit(Headers{{"RateLimit", "\"default\";r=50;t=30"}}, kNow);
  EXPECT_EQ(newer.remaining, 50);
  EXPECT_EQ(newer.reset, kNow + 30s);
}

TEST(RateLimit, NonsenseIsAbsent) {
  for (const char* value : {"", "none", "-1", "nan", "inf", "\xff"}) {
    const RateLimit limit = read_rate_limit(Headers{{"X-RateLimit-Limit", value}, {"X-RateLimit-Reset", value}}, kNow);
    EXPECT_FALSE(limit.limit) << value;
    EXPECT_FALSE(limit.reset) << value;
  }
  EXPECT_FALSE(read_rate_limit(Headers{{"X-RateLimit-Reset", "99999999999999999999"}}, kNow).reset);
}

TEST(RetryAfter, SecondsOrADate) {
  EXPECT_EQ(read_retry_after(Headers{{"retry-after", "120"}}, kNow), 120s);
  EXPECT_EQ(read_retry_after(Headers{{"Retry-After", "1.5"}}, kNow), 2s);
  // date -u -d @1795305660: Sun, 22 Nov 2026 00:01:00 GMT
  EXPECT_EQ(read_retry_after(Headers{{"Retry-After", "Sun, 22 Nov 2026 00:01:00 GMT"}}, kNow), 60s);
  EXPECT_EQ(read_retry_after(Headers{{"Retry-After", "Sun, 22 Nov 2020 00:01:00 GMT"}}, kNow), 0s);
}

TEST(RetryAfter, NeverMoreThanADayAndNonsenseIsAbsent) {
  EXPECT_EQ(read_retry_after(Headers{{"Retry-After", "1000000000000"}}, kNow), 24h);
  EXPECT_FALSE(read_retry_after(Headers{{"Retry-After", "soon"}}, kNow));
  EXPECT_FALSE(read_retry_after(Headers{{"Content-Length", "3"}}, kNow));
}

TEST(Backoff, HonoursTheServerWithinAnHour) {
  EXPECT_EQ(backoff(120s, 1, 15s), 120s);
  EXPECT_EQ(backoff(1s, 1, 15s), 15s);
  EXPECT_EQ(backoff(24h, 1, 15s), 1h);
}

TEST(Backoff, GrowsWhereTheServerSaysNothing) {
  EXPECT_EQ(backoff({}, 1, 15s), 30s);
  EXPECT_EQ(backoff({}, 2, 15s), 60s);
  EXPECT_EQ(backoff({}, 3, 15s), 120s);
  EXPECT_EQ(backoff({}, 100, 15s), 120s);
  EXPECT_EQ(backoff({}, 1, 24h), 24h);
}

}  // namespace
}  // namespace authprobe::prober
