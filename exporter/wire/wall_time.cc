#include "exporter/wire/wall_time.h"

#include <algorithm>

namespace authprobe::wire {
namespace {

using std::chrono::seconds;

constexpr std::chrono::sys_seconds kLast = std::chrono::time_point_cast<seconds>(kEndOfClock);

}  // namespace

WallTime wall_time(std::chrono::sys_seconds time) {
  return std::clamp(time, std::chrono::sys_seconds{}, kLast);
}

WallTime wall_time(double since_1970) {
  if (!(since_1970 > 0)) return {};
  if (since_1970 >= static_cast<double>(kLast.time_since_epoch().count())) return kEndOfClock;
  return at_seconds_since_1970(since_1970);
}

std::optional<WallTime> end_time(std::chrono::sys_seconds time) {
  if (time >= kYear9999) return std::nullopt;
  return wall_time(time);
}

}  // namespace authprobe::wire
