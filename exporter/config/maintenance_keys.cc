// `maintenance`: the times without alerts for a target.
#include <cctype>
#include <cstdio>

#include "exporter/config/forms.h"
#include "exporter/config/quantity.h"

namespace authprobe::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using Moment = std::optional<std::chrono::sys_seconds>;

constexpr std::uint8_t kEveryDay = 0x7f;

bool is_weekly(const MaintenanceWindow& window) {
  return window.days != 0;
}

template <Moment MaintenanceWindow::*member>
void read_moment(const Field& field, MaintenanceWindow& window) {
  if (const auto* moment = std::get_if<std::chrono::sys_seconds>(&field.value().data)) {
    window.*member = *moment;
    return;
  }
  const bool lacks_offset = std::holds_alternative<LocalDateTime>(field.value().data);
  field.error("must be a date and time with an offset",
              lacks_offset ? "add Z for UTC" : "such as 2027-01-31T22:00:00Z, without quotes");
}

template <Moment MaintenanceWindow::*member>
void show_moment(const MaintenanceWindow& window, const TomlWriter& out) {
  if (!(window.*member)) return;
  const auto day = std::chrono::floor<std::chrono::days>(*(window.*member));
  const std::chrono::hh_mm_ss time(*(window.*member) - day);
  char text[32];
  std::snprintf(text, sizeof text, "T%02d:%02d:%02dZ", static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  out.raw(date_text(day) + text);
}

void read_days(const Field& field, MaintenanceWindow& window) {
  std::uint8_t days = 0;
  for (const Field& element : field.elements()) {
    const auto day = element.choice(kDays);
    if (day) days |= static_cast<std::uint8_t>(1 << *day);
  }
  if (days != 0) window.days = days;
}

void show_days(const MaintenanceWindow& window, const TomlWriter& out) {
  std::vector<std::string> days;
  for (const auto& [word, bit] : kDays) {
    if ((window.days >> bit & 1) != 0) days.emplace_back(word);
  }
  if (is_weekly(window)) out.texts(days);
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
    field.error("must be a time of day", R"(such as "22:00")");
  }
}

void show_from(const MaintenanceWindow& window, const TomlWriter& out) {
  char text[16];
  std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(window.from.count() / 60 % 24),
                static_cast<int>(window.from.count() % 60));
  if (is_weekly(window)) out.text(text);
}

void read_length(const Field& field, MaintenanceWindow& window) {
  const auto duration = field.duration(minutes(1), hours(7 * 24));
  if (duration && *duration % minutes(1) != minutes(0)) {
    field.error("must be whole minutes");
  } else if (duration) {
    window.duration = std::chrono::duration_cast<minutes>(*duration);
  }
}

void show_length(const MaintenanceWindow& window, const TomlWriter& out) {
  if (is_weekly(window)) out.text(format_duration(window.duration));
}

void read_zone(const Field& field, MaintenanceWindow& window) {
  const auto name = field.text();
  if (!name) return;
  if (auto zone = wire::TimeZone::named(*name)) {
    window.zone = std::move(*zone);
  } else {
    field.error("must be a time zone of the IANA database that this system has (package tzdata)",
                R"(such as "Europe/Berlin" or "UTC")");
  }
}

void show_zone(const MaintenanceWindow& window, const TomlWriter& out) {
  if (is_weekly(window)) out.text(window.zone.name());
}

constexpr Form<MaintenanceWindow> kStart{read_moment<&MaintenanceWindow::start>,
                                         show_moment<&MaintenanceWindow::start>};
constexpr Form<MaintenanceWindow> kEnd{read_moment<&MaintenanceWindow::end>, show_moment<&MaintenanceWindow::end>};

constexpr Key<MaintenanceWindow> kMaintenanceKeys[] = {
    {"start", kStart, "once: the beginning"},
    {"end", kEnd, "once: the end, later than `start`"},
    {"days",
     {read_days, show_days},
     "weekly: `\"sun\"`, `\"mon\"`, `\"tue\"`, `\"wed\"`, `\"thu\"`, `\"fri\"`, `\"sat\"`; without it, every day"},
    {"from", {read_from, show_from}, "weekly: the time of day"},
    {"duration", {read_length, show_length}, R"(weekly: whole minutes, `"1m"` to `"7d"`; may extend past midnight)"},
    {"timezone",
     {read_zone, show_zone},
     R"(weekly: whose days and clocks are meant, such as `"Europe/Berlin"`; `"UTC"` without it)"},
};

void check_window(const Field& field, MaintenanceWindow& window) {
  const bool once = field.child("start") || field.child("end");
  const bool weekly = field.child("days") || field.child("from") || field.child("duration") || field.child("timezone");
  const bool complete =
      once ? field.child("start") && field.child("end") : field.child("from") && field.child("duration");
  if (once == weekly || !complete) {
    field.error("must have either start and end, or from and duration with optional days and timezone");
  } else if (window.start && window.end && *window.end <= *window.start) {
    field.child("end")->error("must be later than start");
  } else if (weekly && !field.child("days")) {
    window.days = kEveryDay;
  }
}

constexpr auto kMaintenance = tables<&Target::maintenance, kMaintenanceKeys, check_window>;

}  // namespace

void read_maintenance(const Field& field, Target& into) {
  kMaintenance.read(field, into);
}
void show_maintenance(const Target& target, const TomlWriter& out) {
  kMaintenance.show(target, out);
}
void list_maintenance(const std::string& path, std::vector<KnownKey>& keys) {
  kMaintenance.list(path, keys);
}

}  // namespace authprobe::config
