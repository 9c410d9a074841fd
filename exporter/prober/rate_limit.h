// What a server says about how often it may be asked. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "exporter/prober/rate_limit_policies.h"
#include "exporter/wire/headers.h"
#include "exporter/wire/time.h"

namespace authprobe::prober {

// Reads `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers, in its present form and in those
// before), and `X-RateLimit-*` with their relatives, also those with a policy's name in them
// ("X-RateLimit-Limit-Minute", "x-ratelimit-remaining-tokens"). Of several policies the tightest counts. A reset above
// 10^9 is an epoch (GitHub), above 10^12 one in milliseconds; anything less is seconds from now.
RateLimit read_rate_limit(std::span<const wire::Header> headers, WallTime now);

// `Retry-After` (RFC 9110 10.2.3: seconds or an HTTP-date) as a wait from `now`, never negative; nullopt where absent
// or unreadable. Never more than a day, whatever the server says.
std::optional<std::chrono::seconds> read_retry_after(std::span<const wire::Header> headers, WallTime now);

// How long to leave a target alone after a 429 or 503 that says `retry_after`, or says nothing after
// `refusals_in_a_row` (from 1): then twice, four times, at most eight times the interval. Bounded by an hour, and never
// less than the interval.
std::chrono::milliseconds backoff(std::optional<std::chrono::seconds> retry_after, int refusals_in_a_row,
                                  std::chrono::milliseconds interval);

}  // namespace authprobe::prober
