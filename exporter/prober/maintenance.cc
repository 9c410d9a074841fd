#include "exporter/prober/maintenance.h"

namespace authprobe::prober {
namespace {

using std::chrono::days;

bool covers(const config::MaintenanceWindow& window, std::chrono::system_clock::time_point now) {
  if (window.start && window.end) {
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    return *window.start <= second && second < *window.end;
  }
  if (window.days == 0) return false;
  const auto today = std::chrono::floor<days>(window.zone.local(std::chrono::floor<std::chrono::seconds>(now)));
  // A window of up to a week may have begun on any of the last eight days.
  for (int back = 0; back <= 7; ++back) {
    const auto day = today - days{back};
    const auto start = window.zone.at(day + window.from);
    const bool begins = (window.days >> std::chrono::weekday{day}.c_encoding()) & 1;
    if (begins && start <= now && now < start + window.duration) return true;
  }
  return false;
}

}  // namespace

bool in_maintenance(std::span<const config::MaintenanceWindow> windows, std::chrono::system_clock::time_point now) {
  for (const auto& window : windows) {
    if (covers(window, now)) return true;
  }
  return false;
}

}  // namespace authprobe::prober
