// Points in time as servers and issuers write them. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace authprobe {

using WallTime = std::chrono::system_clock::time_point;  // in every room

namespace wire {

// From here on an end is none (RFC 5280, section 4.1.2.5).
inline constexpr std::chrono::sys_seconds kYear9999{std::chrono::seconds{253'370'764'800}};  // 9999-01-01

double seconds_since_1970(WallTime time);  // to the millisecond

// For what our clock can hold: from 0 to 9.2 * 10^9. The second is exact.
WallTime at_seconds_since_1970(double seconds);

// "2026-10-07T19:07:53Z" (RFC 3339), cut to the second.
std::string rfc3339(WallTime time);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, section 5.6.7), cut to the second. `zone` stands in place of GMT.
std::string http_date(WallTime time, std::string_view zone = "GMT");

// An HTTP-date in its three forms (RFC 9110, section 5.6.7), also with the dashes of cookies. Nothing for any other
// text.
std::optional<WallTime> read_http_date(std::string_view text);

// The seconds since 1970 of a number that counts whatever its size shows. As seconds, 3 * 10^11 is the year 11476: from
// there on it counts milliseconds, and where that gives a time of this century microseconds or nanoseconds. The largest
// number of JavaScript and that of 64 bits, with which some say "never", give none.
double unix_seconds(double number);

// A measured duration in seconds to the microsecond, the precision of the measurement: 0.000023, not
// 0.00002300000000000017.
double in_microseconds(double seconds);

// The unit of a number in the place of a time. Times in text form need no unit.
enum class TimeFormat : std::uint8_t { automatic, unix_seconds, unix_milliseconds, seconds };

// The expiry that an issuer reports.
struct Moment {
  bool never = false;
  WallTime at;  // unless `never`
  bool operator==(const Moment&) const = default;
};

// Reads seconds, milli-, micro- or nanoseconds since 1970, with or without a fraction, seconds from `now`, RFC 3339
// with up to nine digits of a fraction, a date alone (the expiry is 00:00 UTC), "2026-10-07 19:07:53 UTC", "2026-04-26
// 20:23:26 +0200", an HTTP-date in its three forms (RFC 9110, section 5.6.7), and ASN.1's UTCTime and GeneralizedTime
// (also ISO 8601's basic form, as AWS signs it), and .NET's "/Date(1700000000000)/". "null", 0, -1, the year 1
// (the zero time of Go and of .NET) and the years from 9999 on mean never. Nothing for any other text.
//
// A number has no unit: `automatic` reads a number below 10 years in seconds as seconds from now, and a larger one as
// unix_seconds() does: as seconds since 1970, from 3 * 10^11 on as something finer.
std::optional<Moment> read_timestamp(std::string_view text, WallTime now, TimeFormat format = TimeFormat::automatic);
std::optional<Moment> read_timestamp(double number, WallTime now, TimeFormat format = TimeFormat::automatic);

}  // namespace wire
}  // namespace authprobe
