#include "exporter/wire/time.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <string>

#include "exporter/wire/text.h"

namespace authprobe::wire {
namespace {

using std::chrono::seconds;

constexpr Moment kNever{true, {}};
constexpr double kLongestFromNow = 10 * 366 * 86400.0;
constexpr auto kSecondsTo9999 = static_cast<double>(kYear9999.time_since_epoch().count());
// What a clock that counts nanoseconds in 64 bits can hold; beyond it nobody lives to see the end.
constexpr double kClockEnds = 9.2e9;

std::optional<Moment> moment(double since_1970) {
  if (!std::isfinite(since_1970) || since_1970 < 0) return std::nullopt;
  if (since_1970 >= kSecondsTo9999 || since_1970 >= kClockEnds) return kNever;
  return Moment{false, at_seconds_since_1970(since_1970)};
}

// Consumes a text from its front; every step fails without reading past the end.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}

  bool done() const { return left_.empty(); }
  std::string_view left() const { return left_; }

  bool take(char c) {
    if (!left_.starts_with(c)) return false;
    left_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    return true;
  }
  // Exactly `digits` digits.
  bool number(std::size_t digits, int& into) {
    if (left_.size() < digits) return false;
    into = 0;
    for (const char c : left_.substr(0, digits)) {
      if (c < '0' || c > '9') return false;
      into = into * 10 + (c - '0');
    }
    left_.remove_prefix(digits);
    return true;
  }
  // ".123456789", one to nine digits after the point, in seconds.
  bool fraction(double& into) {
    if (!take('.')) return true;
    double unit = 0.1;
    std::size_t digits = 0;
    for (; digits < 10 && !left_.empty() && left_[0] >= '0' && left_[0] <= '9'; ++digits, unit /= 10) {
      into += unit * (left_[0] - '0');
      left_.remove_prefix(1);
    }
    return digits >= 1 && digits <= 9;
  }
  // "Z", "UTC", "GMT", "+02:00", "+0200"; `offset` is in seconds.
  bool zone(int& offset) {
    if (take("UTC") || take("GMT") || take('Z') || take('z')) return true;
    const bool negative = left_.starts_with('-');
    int hours = 0;
    int minutes = 0;
    if (!(take('+') || take('-')) || !number(2, hours)) return false;
    take(':');
    if (!number(2, minutes) || hours > 15 || minutes > 59) return false;
    offset = (hours * 3600 + minutes * 60) * (negative ? -1 : 1);
    return true;
  }

 private:
  std::string_view left_;
};

// A moment as a calendar and a clock in UTC show it.
struct CivilTime {
  std::chrono::sys_days day;
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<seconds> clock;
};

CivilTime civil_of(WallTime time) {
  const auto whole = std::chrono::floor<seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(whole);
  return {day, std::chrono::year_month_day(day), std::chrono::hh_mm_ss<seconds>(whole - day)};
}

struct Civil {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  double fraction = 0;
  int offset = 0;

  std::optional<Moment> moment() const {
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    if (year >= 9999 || year == 1) return kNever;
    const double days = static_cast<double>(std::chrono::sys_days(date).time_since_epoch().count());
    return wire::moment(days * 86400 + hour * 3600 + minute * 60 + second + fraction - offset);
  }
};

// RFC 3339, a date alone, or a date and a time with a blank in between and before the zone.
std::optional<Moment> iso_8601(std::string_view text) {
  Scanner scanner(text);
  Civil civil;
  if (!scanner.number(4, civil.year) || !scanner.take('-') || !scanner.number(2, civil.month) || !scanner.take('-') ||
      !scanner.number(2, civil.day)) {
    return std::nullopt;
  }
  if (scanner.done()) return civil.moment();
  if (!scanner.take('T') && !scanner.take('t') && !scanner.take(' ')) return std::nullopt;
  if (!scanner.number(2, civil.hour) || !scanner.take(':') || !scanner.number(2, civil.minute) || !scanner.take(':') ||
      !scanner.number(2, civil.second) || !scanner.fraction(civil.fraction)) {
    return std::nullopt;
  }
  scanner.take(' ');
  // Without a zone the time is read as UTC, which most servers mean.
  if (!scanner.done() && !scanner.zone(civil.offset)) return std::nullopt;
  return scanner.done() ? civil.moment() : std::nullopt;
}

// "20261007190753Z" (GeneralizedTime), "261007190753Z" (UTCTime, RFC 5280: 50 to 99 are of the 20th century), and
// "20261007T190753Z".
std::optional<Moment> compact(std::string_view text) {
  const bool four_digits = text.size() >= 15;
  Scanner scanner(text);
  Civil civil;
  if (!scanner.number(four_digits ? 4 : 2, civil.year) || !scanner.number(2, civil.month) ||
      !scanner.number(2, civil.day)) {
    return std::nullopt;
  }
  if (!four_digits) civil.year += civil.year < 50 ? 2000 : 1900;
  if (four_digits) scanner.take('T');
  if (!scanner.number(2, civil.hour) || !scanner.number(2, civil.minute) || !scanner.number(2, civil.second) ||
      !scanner.fraction(civil.fraction) || !scanner.take('Z')) {
    return std::nullopt;
  }
  return scanner.done() ? civil.moment() : std::nullopt;
}

bool month_name(Scanner& scanner, int& into) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (!scanner.take(kMonths[i])) continue;
    into = static_cast<int>(i) + 1;
    return true;
  }
  return false;
}

bool clock(Scanner& scanner, Civil& civil) {
  return scanner.number(2, civil.hour) && scanner.take(':') && scanner.number(2, civil.minute) && scanner.take(':') &&
         scanner.number(2, civil.second);
}

// "Sun Nov  6 08:49:37 1994", as asctime() writes it; the weekday is gone.
std::optional<Moment> asctime_form(Scanner scanner) {
  Civil civil;
  if (!month_name(scanner, civil.month) || !scanner.take(' ')) return std::nullopt;
  const bool one_digit = scanner.take(' ');
  if (!scanner.number(one_digit ? 1 : 2, civil.day) || !scanner.take(' ') || !clock(scanner, civil) ||
      !scanner.take(' ') || !scanner.number(4, civil.year) || !scanner.done()) {
    return std::nullopt;
  }
  return civil.moment();
}

// "Sun, 06 Nov 1994 08:49:37 GMT", also with dashes as cookies have it, and "Sunday, 06-Nov-94 08:49:37 GMT".
std::optional<Moment> http_date(std::string_view text) {
  constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const std::size_t blank = text.find(' ');
  if (blank == std::string_view::npos || blank < 3) return std::nullopt;
  bool is_day = false;
  for (const std::string_view day : kDays) is_day = is_day || text.starts_with(day);
  if (!is_day) return std::nullopt;
  Scanner scanner(text.substr(blank + 1));
  if (text[blank - 1] != ',') return asctime_form(scanner);
  Civil civil;
  const auto separator = [&] { return scanner.take(' ') || scanner.take('-'); };
  if (!scanner.number(2, civil.day) || !separator() || !month_name(scanner, civil.month) || !separator()) {
    return std::nullopt;
  }
  if (!scanner.number(4, civil.year)) {
    if (!scanner.number(2, civil.year)) return std::nullopt;
    civil.year += civil.year < 70 ? 2000 : 1900;
  }
  if (!scanner.take(' ') || !clock(scanner, civil) || !scanner.take(' ') || !scanner.zone(civil.offset)) {
    return std::nullopt;
  }
  return scanner.done() ? civil.moment() : std::nullopt;
}

// "/Date(1700000000000)/" and "/Date(1700000000000+0200)/", as .NET writes times into JSON: milliseconds since 1970,
// whatever the offset says, which is only for display
// (https://learn.microsoft.com/dotnet/framework/wcf/feature-details/stand-alone-json-serialization). Its least and its
// greatest time stand for none.
std::optional<Moment> json_date(std::string_view text) {
  constexpr std::string_view kStart = "/Date(";
  constexpr std::string_view kEnd = ")/";
  constexpr double kLeast = -62'135'596'800'000;
  if (!text.starts_with(kStart) || !text.ends_with(kEnd)) return std::nullopt;
  text = text.substr(kStart.size(), text.size() - kStart.size() - kEnd.size());
  if (const std::size_t sign = text.find_first_of("+-", 1); sign != std::string_view::npos) {
    int offset = 0;
    Scanner scanner(text.substr(sign + 1));
    if (!scanner.number(4, offset) || !scanner.done()) return std::nullopt;
    text = text.substr(0, sign);
  }
  double milliseconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (milliseconds <= kLeast || milliseconds == 0) return kNever;
  return moment(milliseconds / 1e3);
}

}  // namespace

WallTime at_seconds_since_1970(double seconds) {
  // In one piece, nanoseconds would be off by some from the year 2109 on, where a double has no room for them, and
  // with them the second.
  const double whole = std::floor(seconds);
  const std::chrono::duration<double> rest(seconds - whole);
  return WallTime(std::chrono::seconds(static_cast<std::int64_t>(whole))) +
         std::chrono::duration_cast<WallTime::duration>(rest);
}

double seconds_since_1970(WallTime time) {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count()) /
         1e3;
}

std::string rfc3339(WallTime time) {
  const auto [day, date, clock] = civil_of(time);
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text.data();
}

std::string http_date(WallTime time, std::string_view zone) {
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto [day, date, clock] = civil_of(time);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d %.*s",
                kDays.at(std::chrono::weekday(day).c_encoding()), static_cast<unsigned>(date.day()),
                kMonths.at(static_cast<unsigned>(date.month()) - 1), static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(zone.size()), zone.data());
  return text.data();
}

std::optional<WallTime> read_http_date(std::string_view text) {
  const auto moment = http_date(trimmed(text));
  return moment && !moment->never ? std::optional(moment->at) : std::nullopt;
}

double in_microseconds(double seconds) {
  return std::round(seconds * 1e6) / 1e6;
}

double unix_seconds(double number) {
  constexpr double kLeastMilliseconds = 3e11;
  constexpr double kCenturyBegins = 1e9;  // 2001
  constexpr double kCenturyEnds = 4.1e9;  // 2099
  if (number < kLeastMilliseconds) return number;
  for (const double unit : {1e6, 1e9}) {
    if (number / unit >= kCenturyBegins && number / unit < kCenturyEnds) return number / unit;
  }
  return number / 1e3;
}

std::optional<Moment> read_timestamp(double number, WallTime now, TimeFormat format) {
  if (number == 0 || number == -1) return kNever;
  if (!std::isfinite(number) || number < 0) return std::nullopt;
  // As milliseconds the number would be the year 2612, so it is a date and a time without separators and zone.
  const bool may_be_clock = format == TimeFormat::automatic || format == TimeFormat::unix_milliseconds;
  const double since_1970 = unix_seconds(number);
  if (may_be_clock && since_1970 < number && since_1970 > kClockEnds && since_1970 < kSecondsTo9999)
    return std::nullopt;
  if (format == TimeFormat::automatic) {
    format = number < kLongestFromNow ? TimeFormat::seconds : TimeFormat::unix_seconds;
  }
  switch (format) {
    case TimeFormat::seconds: return moment(std::chrono::duration<double>(now.time_since_epoch()).count() + number);
    case TimeFormat::unix_milliseconds: return moment(since_1970 < number ? since_1970 : number / 1e3);
    default: return moment(since_1970);
  }
}

std::optional<Moment> read_timestamp(std::string_view text, WallTime now, TimeFormat format) {
  constexpr std::size_t kLongest = 64;
  text = trimmed(text);
  if (text.empty() || text.size() > kLongest) return std::nullopt;
  if (text == "null" || text == "never") return kNever;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (error == std::errc{} && end == text.data() + text.size()) return read_timestamp(number, now, format);
  if (const auto date = json_date(text)) return date;
  if (const auto iso = iso_8601(text)) return iso;
  if (const auto asn1 = compact(text)) return asn1;
  return http_date(text);
}

}  // namespace authprobe::wire
