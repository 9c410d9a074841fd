#include "exporter/prober/rate_limit.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "exporter/wire/text.h"
#include "exporter/wire/wall_time.h"

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

std::optional<WallTime> reset_time(double value, WallTime now) {
  if (value > 1e14) return std::nullopt;
  const bool epoch = value > 1e9;
  const double epoch_seconds = value > 1e12 ? value / 1000 : value;
  return wire::wall_time(epoch ? epoch_seconds : wire::seconds_since_1970(now) + value);
}

// "limit", "remaining" or "reset" of a header of the family; empty for any other header.
std::string_view family_member(std::string_view name) {
  for (const std::string_view prefix : {"x-ratelimit-", "ratelimit-", "x-rate-limit-"}) {
    if (wire::starts_with_ignoring_case(name, prefix)) return name.substr(prefix.size());
  }
  return {};
}

// One header of the newer draft: `"default";r=50;t=30` or the older `limit=100, remaining=50, reset=30`.
void read_combined(std::string_view value, WallTime now, RateLimit& into) {
  while (!value.empty()) {
    const std::size_t end = value.find_first_of(",;");
    const std::string_view item = wire::trimmed(value.substr(0, end));
    value = end == std::string_view::npos ? std::string_view{} : value.substr(end + 1);
    const std::size_t equals = item.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = item.substr(0, equals);
    const auto number = leading_number(item.substr(equals + 1));
    if (!number) continue;
    if ((key == "limit" || key == "q") && !into.limit) into.limit = number;
    if ((key == "remaining" || key == "r") && !into.remaining) into.remaining = number;
    if ((key == "reset" || key == "t") && !into.reset) into.reset = reset_time(*number, now);
  }
}

}  // namespace

RateLimit read_rate_limit(std::span<const wire::Header> headers, WallTime now) {
  RateLimit result;
  for (const auto& [name, value] : headers) {
    const char first = name.empty() ? '\0' : static_cast<char>(name[0] | 0x20);
    if (first != 'x' && first != 'r') continue;
    if (wire::equal_ignoring_case(name, "RateLimit")) {
      read_combined(value, now, result);
      continue;
    }
    const std::string_view member = family_member(name);
    if (member.empty()) continue;
    const auto number = leading_number(value);
    if (!number) continue;
    if (wire::equal_ignoring_case(member, "limit") && !result.limit) result.limit = number;
    if (wire::equal_ignoring_case(member, "remaining") && !result.remaining) result.remaining = number;
    if (wire::equal_ignoring_case(member, "reset") && !result.reset) result.reset = reset_time(*number, now);
  }
  return result;
}

std::optional<seconds> read_retry_after(std::span<const wire::Header> headers, WallTime now) {
  const std::string* value = wire::find_header(headers, "Retry-After");
  if (value == nullptr) return std::nullopt;
  if (const auto number = leading_number(*value)) {
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
