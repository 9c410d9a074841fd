#include "exporter/prober/rate_limit.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "exporter/wire/text.h"
#include "exporter/wire/time.h"

namespace authprobe::prober {
namespace {

using std::chrono::seconds;

constexpr seconds kLongestRetryAfter = std::chrono::hours{24};
constexpr std::chrono::milliseconds kLongestBackoff = std::chrono::hours{1};

// The number that `text` begins with ("100, 100;w=60" is 100); nullopt for anything else, and for what is no finite
// number of zero or more.
std::optional<double> leading_number(std::string_view text) {
  text = wire::trimmed(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || !std::isfinite(value) || value < 0) return std::nullopt;
  return value;
}

}  // namespace

RateLimit read_rate_limit(std::span<const wire::Header> headers, WallTime now) {
  std::optional<RateLimitPolicies> policies;  // most answers tell of none
  for (const wire::Header& header : headers) {
    if (!RateLimitPolicies::may_tell(header.first)) continue;
    if (!policies) policies.emplace(now);
    policies->read(header);
  }
  return policies ? policies->tightest() : RateLimit{};
}

std::optional<seconds> read_retry_after(std::span<const wire::Header> headers, WallTime now) {
  const std::string* value = wire::find_header(headers, "Retry-After");
  if (value == nullptr) return std::nullopt;
  if (auto number = leading_number(*value)) {
    // As a wait 31 years: some servers give the time at which to come back, and in milliseconds too.
    constexpr double kLeastDate = 1e9;
    constexpr double kLongestPast = 86400;
    const double from_now = wire::unix_seconds(*number) - wire::seconds_since_1970(now);
    if (*number >= kLeastDate && from_now > -kLongestPast) number = std::max(0.0, from_now);
    return seconds{static_cast<std::int64_t>(std::min(std::ceil(*number), double(kLongestRetryAfter.count())))};
  }
  const auto date = wire::read_http_date(*value);
  if (!date) return std::nullopt;
  return std::clamp(std::chrono::ceil<seconds>(*date - now), seconds{0}, kLongestRetryAfter);
}

std::chrono::milliseconds backoff(std::optional<seconds> retry_after, int refusals_in_a_row,
                                  std::chrono::milliseconds interval) {
  std::chrono::milliseconds wait = interval * (1 << std::clamp(refusals_in_a_row, 1, 3));
  if (retry_after) wait = *retry_after;
  return std::max(interval, std::min(wait, kLongestBackoff));
}

}  // namespace authprobe::prober
