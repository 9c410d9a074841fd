#include "exporter/web/report.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "exporter/config/toml_writer.h"
#include "exporter/web/trouble.h"
#include "exporter/wire/text.h"
#include "exporter/wire/time.h"

namespace authprobe::web {
namespace {

using credential::ExpiryState;
using Json = nlohmann::ordered_json;  // keeps the order of the fields
using std::chrono::days;

// A credential, or a secret of an inventory.
struct Record {
  std::string name;
  std::string kind;
  std::string inventory;  // that the secret is of; empty: a credential
  std::string owner;
  std::vector<std::string> used_by;
  std::string state;
  std::optional<WallTime> end;
  std::string source;                     // of the end
  std::optional<WallTime::duration> age;  // of a credential, how long it has been in use
  std::vector<std::string> scopes;
  std::string rotation;
  std::vector<std::string> missing;
};

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
const credential::Expiry* earliest_end(const CredentialRow& row) {
  if (row.status.expiry_state != ExpiryState::known) return nullptr;
  // A token is fetched again before it ends: what people renew is the secret.
  const auto secret = std::ranges::find(row.status.expiries, credential::ExpiryKind::secret, &credential::Expiry::kind);
  return secret == row.status.expiries.end() ? first_expiry(row.status) : &*secret;
}

// "expired", "critical", "warning", "ok", or why there is no end.
std::string state_of(const CredentialRow& row, WallTime now) {
  const credential::Expiry* end = earliest_end(row);
  if (!row.status.available) return "unavailable";
  if (row.status.active == false) return "inactive";
  if (end == nullptr) return std::string(to_string(row.status.expiry_state));
  const auto left = end->at - now;
  if (left <= WallTime::duration::zero()) return "expired";
  if (end->critical_before && left <= *end->critical_before) return "critical";
  return end->warn_before && left <= *end->warn_before ? "warning" : "ok";
}

// What somebody who has to renew it would look for in vain, and what is wrong.
std::vector<std::string> missing_of(const CredentialRow& row) {
  std::vector<std::string> missing;
  if (row.owner.empty()) missing.emplace_back("owner");
  if (row.rotation.empty()) missing.emplace_back("rotation");
  if (row.status.expiry_state == ExpiryState::unknown) missing.emplace_back("end");
  if (!row.status.missing_scopes.empty()) missing.push_back("scopes " + wire::joined(row.status.missing_scopes, " "));
  if (row.status.previous && row.status.previous->state == prober::RetiredState::overdue) {
    missing.emplace_back("revocation of the previous value");
  }
  return missing;
}

Record record_of(const CredentialRow& row, WallTime now) {
  const credential::Expiry* end = earliest_end(row);
  Record record;
  record.name = row.name;
  record.kind = row.kind;
  record.owner = row.owner;
  record.used_by = row.used_by;
  record.state = state_of(row, now);
  if (end != nullptr) record.end = end->at;
  if (end != nullptr) record.source = to_string(end->source);
  if (row.status.loaded_at) record.age = now - *row.status.loaded_at;
  record.scopes = row.status.granted_scopes.value_or(std::vector<std::string>());
  record.rotation = row.rotation;
  record.missing = missing_of(row);
  return record;
}

const std::string& name_of(const inventory::Entry& entry) {
  return entry.name.empty() ? entry.id : entry.name;
}

// The credential that the secret is; null: none of ours.
const std::string* ours(const inventory::Entry& entry, const InventoryRow& inventory) {
  const auto found = inventory.credentials.find(entry.id);
  return found == inventory.credentials.end() ? nullptr : &found->second;
}

Record record_of(const inventory::Entry& entry, const InventoryRow& inventory, WallTime now) {
  Record record;
  record.name = name_of(entry);
  record.kind = "secret of " + inventory.config.name;
  record.inventory = inventory.config.name;
  record.owner = entry.owner;
  if (const std::string* credential = ours(entry, inventory)) record.used_by = {"credential " + *credential};
  record.state = to_string(inventory::state_of(entry, inventory.config, now));
  record.end = entry.ends;
  if (entry.ends) record.source = "inventory";
  if (entry.created) record.age = now - *entry.created;
  if (entry.owner.empty()) record.missing.emplace_back("owner");
  return record;
}

Row row_of(const Record& record, WallTime now) {
  return {record.name,
          record.kind,
          record.owner,
          wire::joined(record.used_by, ", "),
          record.state,
          record.end ? day(*record.end) : "",
          record.end ? whole_days(*record.end - now) : "",
          record.source,
          record.age ? whole_days(*record.age) + " d" : "",
          wire::joined(record.scopes, " "),
          record.rotation,
          wire::joined(record.missing, ", ")};
}

// Calls `use` for each credential, and each secret of the inventories.
template <typename Use>
void for_each_record(const Snapshot& snapshot, Use use) {
  for (const CredentialRow& row : snapshot.credentials) use(record_of(row, snapshot.taken));
  for (const InventoryRow& inventory : snapshot.inventories) {
    if (!inventory.status.list) continue;
    for (const inventory::Entry& entry : inventory.status.list->entries) {
      use(record_of(entry, inventory, snapshot.taken));
    }
  }
}

Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json json_of(const Record& record, WallTime now) {
  const auto days_of = [](WallTime::duration length) { return std::chrono::floor<days>(length).count(); };
  return {{"name", record.name},
          {"kind", record.kind},
          {"inventory", text_or_null(record.inventory)},
          {"owner", text_or_null(record.owner)},
          {"used_by", record.used_by},
          {"state", record.state},
          {"end", record.end ? Json(wire::rfc3339(*record.end)) : Json(nullptr)},
          {"days_left", record.end ? Json(days_of(*record.end - now)) : Json(nullptr)},
          {"source", text_or_null(record.source)},
          {"age_days", record.age ? Json(days_of(*record.age)) : Json(nullptr)},
          {"scopes", record.scopes},
          {"rotation", text_or_null(record.rotation)},
          {"missing", record.missing}};
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
  constexpr std::string_view kFormula = "=+-@\t\r\n";
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

// Not that of a fetched token, which is renewed by itself.
bool is_for_people(const prober::CredentialStatus& status, const credential::Expiry& end) {
  const bool is_of_token = end.kind == credential::ExpiryKind::access || end.kind == credential::ExpiryKind::refresh;
  return !status.fetches || !is_of_token || end.source == credential::ExpirySource::declared;
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
         alarm(summary, end.warn_before) + alarm(summary, end.critical_before) + "END:VEVENT\r\n";
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
    // One of ours has an event of its own.
    if (*entry.ends <= now || entry.is_disabled || ours(entry, inventory) != nullptr) continue;
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
  for_each_record(snapshot, [&](const Record& record) {
    text += '|';
    for (const std::string& value : row_of(record, snapshot.taken)) text += ' ' + cell(value) + " |";
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
  for_each_record(snapshot, [&](const Record& record) { add(row_of(record, snapshot.taken)); });
  return text;
}

// Names may have invalid UTF-8, for which the default would throw.
std::string report_json(const Snapshot& snapshot) {
  Json records = Json::array();
  for_each_record(snapshot, [&](const Record& record) { records.push_back(json_of(record, snapshot.taken)); });
  const Json report{{"at", wire::rfc3339(snapshot.taken)}, {"secrets", std::move(records)}};
  return report.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string calendar(const Snapshot& snapshot) {
  std::string text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//authprobe//credentials//EN\r\n";
  for (const CredentialRow& row : snapshot.credentials) {
    if (row.status.expiry_state != ExpiryState::known) continue;
    for (const credential::Expiry& end : row.status.expiries) {
      if (is_for_people(row.status, end)) text += event(row, end, snapshot.taken);
    }
  }
  for (const InventoryRow& inventory : snapshot.inventories) text += events(inventory, snapshot.taken);
  return text + "END:VCALENDAR\r\n";
}

}  // namespace authprobe::web
