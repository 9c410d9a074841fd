// When to warn of an expiry, unless somebody configures another time.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace authprobe::config {

struct WarningTimes {
  std::chrono::seconds warn;
  std::chrono::seconds critical;
};

// 14 days before the end of what lives 30 days or longer, or for an unknown time, a quarter of it for what lives
// shorter; critical 2 days before, at most a tenth of the lifetime.
inline WarningTimes usual_warning_times(std::optional<std::chrono::seconds> lifetime) {
  constexpr std::chrono::seconds kDay{86'400};
  if (!lifetime || *lifetime >= 30 * kDay) return {14 * kDay, 2 * kDay};
  return {*lifetime / 4, std::min(2 * kDay, *lifetime / 10)};
}

}  // namespace authprobe::config
