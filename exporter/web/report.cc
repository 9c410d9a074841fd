#include "exporter/web/report.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "exporter/config/toml_writer.h"
#include "exporter/web/trouble.h"
#include "exporter/wire/text.h"

namespace authprobe::web {
namespace {

using credential::ExpiryState;
using std::chrono::days;

constexpr std::array<std::string_view, 12> kColumns{"credential", "kind",   "owner",     "used by",
                                                    "state",      "end",    "days left", "source of the end",
                                                    "in use for", "scopes", "rotation",  "missing"};
using Row = std::array<std::string, kColumns.size()>;

std::string day(WallTime time) {
  return config::date_text(std::chrono::floor<days>(time));
}

std::string whole_days(WallTime::duration length) {
  return std::to_string(std::chrono::floor<days>(length).count());
}

// The first end; null: none is known.
const credential::Expiry* first_end(const CredentialRow& row) {
  return row.status.expiry_state == ExpiryState::known ? first_expiry(row.status) : nullptr;
}

// "expired", "critical", "warning", "ok", or why there is no end.
std::string state_of(const CredentialRow& row, WallTime now) {
  const credential::Expiry* end = first_end(row);
  if (!row.status.available) return "unavailable";
  if (row.status.active == false) return "inactive";
  if (end == nullptr) return std::string(to_string(row.status.expiry_state));
  const auto left = end->at - now;
  if (left <= WallTime::duration::zero()) return "expired";
  if (row.status.critical_before && left <= *row.status.critical_before) return "critical";
  return row.status.warn_before && left <= *row.status.warn_before ? "warning" : "ok";
}

// What somebody who has to renew it would look for in vain, and what is wrong.
std::string missing_of(const CredentialRow& row) {
  std::vector<std::string> missing;
  if (row.owner.empty()) missing.emplace_back("owner");
  if (row.rotation.empty()) missing.emplace_back("rotation");
  if (row.status.expiry_state == ExpiryState::unknown) missing.emplace_back("end");
  if (!row.status.missing_scopes.empty()) missing.push_back("scopes " + wire::joined(row.status.missing_scopes, " "));
  if (row.status.previous && row.status.previous->state == prober::RetiredState::overdue) {
    missing.emplace_back("revocation of the previous value");
  }
  return wire::joined(missing, ", ");
}

Row row_of(const CredentialRow& row, WallTime now) {
  const credential::Expiry* end = first_end(row);
  return {row.name,
          row.kind,
          row.owner,
          wire::joined(row.used_by, ", "),
          state_of(row, now),
          end == nullptr ? "" : day(end->at),
          end == nullptr ? "" : whole_days(end->at - now),
          end == nullptr ? "" : std::string(to_string(end->source)),
          row.status.loaded_at ? whole_days(now - *row.status.loaded_at) + " d" : "",
          row.status.granted_scopes ? wire::joined(*row.status.granted_scopes, " ") : "",
          row.rotation,
          missing_of(row)};
}

const std::string& name_of(const inventory::Entry& entry) {
  return entry.name.empty() ? entry.id : entry.name;
}

Row row_of(const inventory::Entry& entry, const InventoryRow& inventory, WallTime now) {
  return {name_of(entry),
          "secret of " + inventory.config.name,
          entry.owner,
          "",
          std::string(to_string(inventory::state_of(entry, inventory.config, now))),
          entry.ends ? day(*entry.ends) : "",
          entry.ends ? whole_days(*entry.ends - now) : "",
          entry.ends ? "inventory" : "",
          entry.created ? whole_days(now - *entry.created) + " d" : "",
          "",
          "",
          ""};
}

// Calls `use` for the row of each credential, and of each secret of the inventories.
template <typename Use>
void for_each_row(const Snapshot& snapshot, Use use) {
  for (const CredentialRow& row : snapshot.credentials) use(row_of(row, snapshot.taken));
  for (const InventoryRow& inventory : snapshot.inventories) {
    if (!inventory.status.list) continue;
    for (const inventory::Entry& entry : inventory.status.list->entries) {
      use(row_of(entry, inventory, snapshot.taken));
    }
  }
}

// What would end the cell or begin markup.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (std::string_view("|\\`*_[]<>").find(c) != std::string_view::npos) escaped += '\\';
    escaped += c == '\n' || c == '\r' ? ' ' : c;
  }
  return escaped;
}

// A spreadsheet takes a text that begins like a formula for one.
std::string field(std::string_view text) {
  constexpr std::string_view kFormula = "=+-@\t\r";
  const bool is_formula = !text.empty() && kFormula.find(text.front()) != std::string_view::npos;
  std::string quoted = is_formula ? "\"'" : "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

// A line of a calendar: no longer than 75 octets, and never cut inside a character.
std::string folded(std::string line) {
  constexpr std::size_t kLongest = 75;
  const auto is_inside = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  std::string text;
  while (line.size() > kLongest) {
    std::size_t end = kLongest;
    while (end > 1 && is_inside(line[end])) --end;
    text += line.substr(0, end) + "\r\n";
    line = ' ' + line.substr(end);
  }
  return text + line + "\r\n";
}

std::string calendar_text(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\n') {
      escaped += "\\n";
      continue;
    }
    if (c == '\\' || c == ';' || c == ',') escaped += '\\';
    if (static_cast<unsigned char>(c) >= ' ') escaped += c;
  }
  return escaped;
}

// "20270131T000000Z".
std::string calendar_time(WallTime time) {
  const auto at = std::chrono::floor<std::chrono::seconds>(time);
  const auto midnight = std::chrono::floor<days>(at);
  const std::chrono::hh_mm_ss clock(at - midnight);
  const auto two = [](auto number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  std::string date = config::date_text(midnight);
  std::erase(date, '-');
  return date + 'T' + two(clock.hours().count()) + two(clock.minutes().count()) + two(clock.seconds().count()) + 'Z';
}

std::string alarm(std::string_view summary, const std::optional<std::chrono::seconds>& before) {
  if (!before) return {};
  return "BEGIN:VALARM\r\nACTION:DISPLAY\r\n" + folded("DESCRIPTION:" + calendar_text(summary)) + "TRIGGER:-PT" +
         std::to_string(before->count()) + "S\r\nEND:VALARM\r\n";
}

std::string event(const CredentialRow& row, const credential::Expiry& end, WallTime now) {
  const std::string summary = row.name + " expires";
  std::string about = "kind: " + std::string(to_string(end.kind)) + "\nsource: " + std::string(to_string(end.source));
  if (!row.owner.empty()) about += "\nowner: " + row.owner;
  if (!row.used_by.empty()) about += "\nused by: " + wire::joined(row.used_by, ", ");
  return "BEGIN:VEVENT\r\n" +
         folded("UID:" + calendar_text(row.name) + '.' + std::string(to_string(end.kind)) + "@authprobe") +
         "DTSTAMP:" + calendar_time(now) + "\r\nDTSTART:" + calendar_time(end.at) + "\r\n" +
         folded("SUMMARY:" + calendar_text(summary)) + folded("DESCRIPTION:" + calendar_text(about)) +
         (row.rotation.empty() ? "" : folded("URL:" + row.rotation)) + "TRANSP:TRANSPARENT\r\n" +
         alarm(summary, row.status.warn_before) + alarm(summary, row.status.critical_before) + "END:VEVENT\r\n";
}

std::string event(const inventory::Entry& entry, const InventoryRow& inventory, WallTime now) {
  const std::string summary = name_of(entry) + " expires";
  std::string about = "inventory: " + inventory.config.name + "\nid: " + entry.id;
  if (!entry.owner.empty()) about += "\nowner: " + entry.owner;
  const inventory::Thresholds thresholds = inventory::thresholds_of(entry, inventory.config);
  return "BEGIN:VEVENT\r\n" +
         folded("UID:" + calendar_text(entry.id) + '.' + calendar_text(inventory.config.name) + "@authprobe") +
         "DTSTAMP:" + calendar_time(now) + "\r\nDTSTART:" + calendar_time(*entry.ends) + "\r\n" +
         folded("SUMMARY:" + calendar_text(summary)) + folded("DESCRIPTION:" + calendar_text(about)) +
         "TRANSP:TRANSPARENT\r\n" + alarm(summary, thresholds.warn) + alarm(summary, thresholds.critical) +
         "END:VEVENT\r\n";
}

std::string events(const InventoryRow& inventory, WallTime now) {
  int left = 1'000;
  std::string text;
  if (!inventory.status.list) return text;
  for (const inventory::Entry& entry : inventory.status.list->entries) {
    if (left == 0 || !entry.ends) break;
    if (*entry.ends <= now || entry.is_disabled) continue;
    text += event(entry, inventory, now);
    --left;
  }
  return text;
}

}  // namespace

std::string report_markdown(const Snapshot& snapshot) {
  std::string text = "|";
  for (const std::string_view column : kColumns) text += ' ' + std::string(column) + " |";
  text += "\n|";
  for (std::size_t i = 0; i < kColumns.size(); ++i) text += "---|";
  text += '\n';
  for_each_row(snapshot, [&](const Row& row) {
    text += '|';
    for (const std::string& value : row) text += ' ' + cell(value) + " |";
    text += '\n';
  });
  return text;
}

std::string report_csv(const Snapshot& snapshot) {
  std::string text;
  const auto add = [&](const auto& values) {
    for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ",") + field(values[i]);
    text += "\r\n";
  };
  add(kColumns);
  for_each_row(snapshot, add);
  return text;
}

std::string calendar(const Snapshot& snapshot) {
  std::string text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//authprobe//credentials//EN\r\n";
  for (const CredentialRow& row : snapshot.credentials) {
    if (row.status.expiry_state != ExpiryState::known) continue;
    for (const credential::Expiry& end : row.status.expiries) text += event(row, end, snapshot.taken);
  }
  for (const InventoryRow& inventory : snapshot.inventories) text += events(inventory, snapshot.taken);
  return text + "END:VCALENDAR\r\n";
}

}  // namespace authprobe::web
