// Times of other clocks as times of ours. Every time that comes from elsewhere is converted here.
#pragma once

#include <chrono>
#include <optional>

#include "exporter/wire/time.h"

namespace authprobe::wire {

// Our clock counts nanoseconds in 64 bits, and a plain conversion of a time beyond overflows, into the past at worst.
// What lies before 1970 becomes 1970, and what lies beyond 2261 becomes kEndOfClock, so that no difference of two such
// times overflows either.
inline constexpr WallTime kEndOfClock{std::chrono::seconds{9'200'000'000}};
WallTime wall_time(std::chrono::sys_seconds time);
WallTime wall_time(double since_1970);  // in seconds; 1970 where it is not a number

// An end, as above. Nothing, which is never, from the year 9999 on (RFC 5280, section 4.1.2.5).
std::optional<WallTime> end_time(std::chrono::sys_seconds time);

}  // namespace authprobe::wire
