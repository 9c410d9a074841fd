#include "exporter/prober/rate_limit.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "exporter/config/provider.h"
#include "exporter/prober/rate_limit_policies.h"
#include "exporter/wire/time.h"

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;

constexpr WallTime kLimitedAt{1'795'305'600s};
using wire::Headers;

TEST(RateLimit, GitHubSaysAnEpoch) {
  const Headers headers{
      {"x-ratelimit-limit", "5000"}, {"X-RateLimit-Remaining", "4999"}, {"X-RateLimit-Reset", "1795305700"}};
  const RateLimit limit = read_rate_limit(headers, kLimitedAt);
  EXPECT_EQ(limit.limit, 5000);
  EXPECT_EQ(limit.remaining, 4999);
  EXPECT_EQ(limit.reset, kLimitedAt + 100s);
}

TEST(RateLimit, OthersSaySecondsOrMilliseconds) {
  EXPECT_EQ(read_rate_limit(Headers{{"RateLimit-Reset", "30"}}, kLimitedAt).reset, kLimitedAt + 30s);
  EXPECT_EQ(read_rate_limit(Headers{{"X-Rate-Limit-Reset", "1795305630000"}}, kLimitedAt).reset, kLimitedAt + 30s);
}

TEST(RateLimit, TheCombinedHeaderInBothDrafts) {
  const RateLimit older = read_rate_limit(Headers{{"RateLimit", "limit=100, remaining=50, reset=30"}}, kLimitedAt);
  EXPECT_EQ(older.limit, 100);
  EXPECT_EQ(older.remaining, 50);
  EXPECT_EQ(older.reset, kLimitedAt + 30s);
  const RateLimit newer = read_rate_limit(Headers{{"RateLimit", "\"default\";r=50;t=30"}}, kLimitedAt);
  EXPECT_EQ(newer.remaining, 50);
  EXPECT_EQ(newer.reset, kLimitedAt + 30s);
}

TEST(RateLimit, TheTightestOfSeveralPoliciesCounts) {
  const RateLimit two = read_rate_limit(Headers{{"RateLimit-Policy", R"("burst";q=100;w=60, "daily";q=1000;w=86400)"},
                                                {"RateLimit", R"("burst";r=50;t=30, "daily";r=3;t=4000)"}},
                                        kLimitedAt);
  EXPECT_EQ(two.limit, 1000);
  EXPECT_EQ(two.remaining, 3);
  EXPECT_EQ(two.reset, kLimitedAt + 4000s);
  const RateLimit one = read_rate_limit(
      Headers{{"RateLimit", R"("a;b, c";r=9;t=44)"}, {"RateLimit-Policy", R"("a;b, c";q=100;w=60;pk=:eA==:)"}},
      kLimitedAt);
  EXPECT_EQ(one.limit, 100);
  EXPECT_EQ(one.remaining, 9);
  const RateLimit unnamed = read_rate_limit(Headers{{"RateLimit", R"("default";r=9;t=44)"}}, kLimitedAt);
  EXPECT_FALSE(unnamed.limit);
  EXPECT_EQ(unnamed.remaining, 9);
}

TEST(RateLimit, OlderDrafts) {
  const Headers headers{{"RateLimit-Limit", "10, 10;w=1, 50;w=60"},
                        {"RateLimit-Remaining", "4"},
                        {"RateLimit-Reset", "1"},
                        {"RateLimit-Policy", "10;w=1, 50;w=60"}};
  const RateLimit limit = read_rate_limit(headers, kLimitedAt);
  EXPECT_EQ(limit.limit, 10);
  EXPECT_EQ(limit.remaining, 4);
  EXPECT_EQ(read_rate_limit(Headers{{"RateLimit-Policy", "10;w=1, 50;w=60"}}, kLimitedAt).limit, 10);
}

TEST(RateLimit, VendorsNames) {
  struct Case {
    Headers headers;
    double limit;
    double remaining;
    std::chrono::seconds reset;
  };
  const Case cases[] = {
      // OpenAI
      {{{"x-ratelimit-limit-requests", "60"},
        {"x-ratelimit-limit-tokens", "150000"},
        {"x-ratelimit-remaining-requests", "59"},
        {"x-ratelimit-remaining-tokens", "1500"},
        {"x-ratelimit-reset-requests", "1s"},
        {"x-ratelimit-reset-tokens", "6m0s"}},
       150000,
       1500,
       360s},
      // Anthropic
      {{{"anthropic-ratelimit-requests-limit", "50"},
        {"anthropic-ratelimit-requests-remaining", "5"},
        {"anthropic-ratelimit-requests-reset", wire::rfc3339(kLimitedAt + 60s)}},
       50,
       5,
       60s},
      // Kong
      {{{"X-RateLimit-Limit-Hour", "1000"},
        {"X-RateLimit-Remaining-Hour", "990"},
        {"X-RateLimit-Limit-Minute", "10"},
        {"X-RateLimit-Remaining-Minute", "2"},
        {"RateLimit-Reset", "40"}},
       10,
       2,
       0s},
      // RapidAPI
      {{{"x-ratelimit-requests-limit", "500"},
        {"x-ratelimit-requests-remaining", "7"},
        {"x-ratelimit-requests-reset", "90"}},
       500,
       7,
       90s},
      // Discord
      {{{"X-RateLimit-Limit", "5"},
        {"X-RateLimit-Remaining", "1"},
        {"X-RateLimit-Reset-After", "1.0"},
        {"X-RateLimit-Bucket", "abcd1234"}},
       5,
       1,
       1s},
  };
  for (const auto& [headers, most, remaining, reset] : cases) {
    const RateLimit limit = read_rate_limit(headers, kLimitedAt);
    EXPECT_EQ(limit.limit, most) << headers[0].first;
    EXPECT_EQ(limit.remaining, remaining) << headers[0].first;
    if (reset == 0s) continue;
    EXPECT_EQ(limit.reset, kLimitedAt + reset) << headers[0].first;
  }
}

TEST(RateLimit, NonsenseIsAbsent) {
  for (const char* value : {"", "none", "-1", "nan", "inf", "\xff"}) {
    const RateLimit limit =
        read_rate_limit(Headers{{"X-RateLimit-Limit", value}, {"X-RateLimit-Reset", value}}, kLimitedAt);
    EXPECT_FALSE(limit.limit) << value;
    EXPECT_FALSE(limit.reset) << value;
  }
  EXPECT_FALSE(read_rate_limit(Headers{{"X-RateLimit-Reset", "99999999999999999999"}}, kLimitedAt).reset);
}

TEST(RetryAfter, SecondsOrADate) {
  EXPECT_EQ(read_retry_after(Headers{{"retry-after", "120"}}, kLimitedAt), 120s);
  EXPECT_EQ(read_retry_after(Headers{{"Retry-After", "1.5"}}, kLimitedAt), 2s);
  // date -u -d @1795305660: Sun, 22 Nov 2026 00:01:00 GMT
  EXPECT_EQ(read_retry_after(Headers{{"Retry-After", "Sun, 22 Nov 2026 00:01:00 GMT"}}, kLimitedAt), 60s);
  EXPECT_EQ(read_retry_after(Headers{{"Retry-After", "Sun, 22 Nov 2020 00:01:00 GMT"}}, kLimitedAt), 0s);
}

TEST(RetryAfter, ATimeSince1970IsADateToo) {
  const auto in_a_minute =
      std::chrono::duration_cast<std::chrono::seconds>((kLimitedAt + 60s).time_since_epoch()).count();
  EXPECT_EQ(read_retry_after(Headers{{"Retry-After", std::to_string(in_a_minute)}}, kLimitedAt), 60s);
  EXPECT_EQ(read_retry_after(Headers{{"Retry-After", std::to_string(in_a_minute) + "000"}}, kLimitedAt), 60s);
}

TEST(RetryAfter, NeverMoreThanADayAndNonsenseIsAbsent) {
  EXPECT_EQ(read_retry_after(Headers{{"Retry-After", "1000000000000"}}, kLimitedAt), 24h);
  EXPECT_FALSE(read_retry_after(Headers{{"Retry-After", "soon"}}, kLimitedAt));
  EXPECT_FALSE(read_retry_after(Headers{{"Content-Length", "3"}}, kLimitedAt));
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

// What the providers' files say of their services' headers is what the prober reads.
TEST(RateLimit, TheHeadersOfEveryProviderAreRead) {
  config::Providers providers;
  int found = 0;
  for (const std::string& name : providers.names()) {
    const config::RateLimitHeaders& headers = providers.find(name)->rate_limit;
    if (headers.remaining.empty()) continue;
    ++found;
    std::vector<wire::Header> answer{{headers.remaining, "7"}, {headers.reset, "30"}};
    if (!headers.limit.empty()) answer.emplace_back(headers.limit, "100");
    const RateLimit budget = read_rate_limit(answer, WallTime{});
    EXPECT_TRUE(headers.limit.empty() || budget.limit == 100) << name;
    EXPECT_EQ(budget.remaining, 7) << name;
  }
  EXPECT_GT(found, 10);
}

TEST(RateLimit, AHeaderOfAnotherFamilyTellsNothing) {
  for (const std::string name : {"x-a-b-ratelimit-remaining", "x-ratelimited", "ratelimits-remaining", "x-", "x-rate-",
                                 "my-ratelimit-remaining", "x-sentry-"}) {
    EXPECT_FALSE(RateLimitPolicies::may_tell(name)) << name;
  }
}

}  // namespace
}  // namespace authprobe::prober
