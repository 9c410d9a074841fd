// Reads a time in the forms that issuers write it in. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "exporter/config/words.h"

namespace authprobe::credential {

using WallTime = std::chrono::system_clock::time_point;

// When something ends, as its issuer says.
struct Moment {
  bool never = false;
  WallTime at;  // where it is not `never`
  bool operator==(const Moment&) const = default;
};

// Takes seconds or milliseconds since 1970, with a fraction or without, seconds from `now`, RFC 3339 with up to nine
// digits of a fraction, a date alone (it dies at 00:00 UTC), "2026-10-07 19:07:53 UTC", "2026-04-26 20:23:26 +0200", an
// HTTP-date in its three forms (RFC 9110, section 5.6.7), and ASN.1's UTCTime and GeneralizedTime (also ISO 8601's
// basic form, as AWS signs it). "null", 0, -1 and the years from 9999 on mean never. Nothing where it is none of these.
//
// A number does not say what it counts: `automatic` takes less than 10 years of seconds as a time from now, less than
// 3 * 10^11 as seconds since 1970, and more as milliseconds.
std::optional<Moment> read_timestamp(std::string_view text, WallTime now,
                                     config::TimeFormat format = config::TimeFormat::automatic);
std::optional<Moment> read_timestamp(double number, WallTime now,
                                     config::TimeFormat format = config::TimeFormat::automatic);

}  // namespace authprobe::credential
