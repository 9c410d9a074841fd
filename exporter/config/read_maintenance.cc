#include "exporter/config/read_maintenance.h"

#include <cctype>

namespace authprobe::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::uint8_t kEveryDay = 0x7f;

void read_moment(const Field& field, std::optional<std::chrono::sys_seconds>& into) {
  if (const auto* moment = std::get_if<std::chrono::sys_seconds>(&field.value().data)) {
    into = *moment;
    return;
  }
  const bool lacks_offset = std::holds_alternative<LocalDateTime>(field.value().data);
  field.error("must be a date and time with an offset",
              lacks_offset ? "add Z for UTC" : "such as 2027-01-31T22:00:00Z, without quotes");
}

void read_days(const Field& field, MaintenanceWindow& window) {
  std::uint8_t days = 0;
  for (const Field& element : field.elements()) {
    const auto day = element.choice(kDays);
    if (day) days |= static_cast<std::uint8_t>(1 << *day);
  }
  if (days != 0) window.days = days;
}

std::optional<minutes> clock_time(std::string_view text) {
  auto digit = [&](std::size_t at) { return std::isdigit(static_cast<unsigned char>(text[at])) != 0; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4)) return std::nullopt;
  const int hour = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  if (hour > 23 || minute > 59) return std::nullopt;
  return hours(hour) + minutes(minute);
}

void read_from(const Field& field, MaintenanceWindow& window) {
  std::optional<minutes> from;
  if (const auto* text = std::get_if<std::string>(&field.value().data)) from = clock_time(*text);
  if (const auto* time = std::get_if<TimeOfDay>(&field.value().data);
      time && time->since_midnight % minutes(1) == minutes(0)) {
    from = std::chrono::duration_cast<minutes>(time->since_midnight);
  }
  if (from) {
    window.from = *from;
  } else {
    field.error("must be a time of day in UTC", R"(such as "22:00")");
  }
}

void read_length(const Field& field, MaintenanceWindow& window) {
  const auto duration = field.duration(minutes(1), hours(7 * 24));
  if (duration && *duration % minutes(1) != minutes(0)) {
    field.error("must be whole minutes");
  } else if (duration) {
    window.duration = std::chrono::duration_cast<minutes>(*duration);
  }
}

constexpr Key<MaintenanceWindow> kMaintenanceKeys[] = {
    {"start", [](const Field& field, MaintenanceWindow& window) { read_moment(field, window.start); }},
    {"end", [](const Field& field, MaintenanceWindow& window) { read_moment(field, window.end); }},
    {"days", read_days},
    {"from", read_from},
    {"duration", read_length},
};

void check(const Field& field, MaintenanceWindow& window) {
  const bool once = field.child("start") || field.child("end");
  const bool weekly = field.child("days") || field.child("from") || field.child("duration");
  const bool complete =
      once ? field.child("start") && field.child("end") : field.child("from") && field.child("duration");
  if (once == weekly || !complete) {
    field.error("must have either start and end, or from and duration with optional days");
  } else if (window.start && window.end && *window.end <= *window.start) {
    field.child("end")->error("must be later than start");
  } else if (weekly && !field.child("days")) {
    window.days = kEveryDay;
  }
}

}  // namespace

std::span<const Key<MaintenanceWindow>> maintenance_keys() {
  return kMaintenanceKeys;
}

void read_maintenance(const Field& field, std::vector<MaintenanceWindow>& into) {
  std::vector<MaintenanceWindow> windows;
  for (const Field& element : field.elements()) {
    MaintenanceWindow window;
    read_table(element, maintenance_keys(), window);
    if (std::holds_alternative<Table>(element.value().data)) check(element, window);
    windows.push_back(window);
  }
  into = std::move(windows);
}

}  // namespace authprobe::config
