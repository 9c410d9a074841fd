#include "exporter/web/inventory_page.h"

#include <algorithm>
#include <vector>

#include "exporter/web/presentation.h"
#include "exporter/wire/encoding.h"

namespace authprobe::web {
namespace {

using inventory::Entry;
using inventory::EntryState;
using prober::State;

constexpr std::size_t kEntriesShown = 500;

State colour_of(EntryState state) {
  switch (state) {
    case EntryState::critical: return State::unauthorized;
    case EntryState::warning: return State::rate_limited;
    case EntryState::ok:
    case EntryState::never: return State::ok;
    case EntryState::expired:
    case EntryState::unused:
    case EntryState::disabled: break;
  }
  return State::pending;
}

// Of the whole: a list that cannot be read any more matters as much as its secrets.
State colour_of(const InventoryRow& row, WallTime now) {
  if (row.status.failure != inventory::Failure::none) return State::unexpected;
  if (!row.status.list) return State::pending;
  const auto counts = inventory::count_states(*row.status.list, row.config, now);
  if (counts[static_cast<std::size_t>(EntryState::critical)] > 0) return State::unauthorized;
  return counts[static_cast<std::size_t>(EntryState::warning)] > 0 ? State::rate_limited : State::ok;
}

// "2 critical, 3 warning, 400 ok", the words as links where `link` has the page.
std::string counts_words(const InventoryRow& row, WallTime now, const std::string& link = {}) {
  if (!row.status.list) return "not read yet";
  const auto counts = inventory::count_states(*row.status.list, row.config, now);
  std::string words;
  for (const EntryState state : {EntryState::critical, EntryState::warning, EntryState::ok, EntryState::never,
                                 EntryState::unused, EntryState::expired, EntryState::disabled}) {
    const std::size_t count = counts[static_cast<std::size_t>(state)];
    if (count == 0) continue;
    const std::string word(to_string(state));
    const std::string text = with_commas(count) + ' ' + word;
    words += (words.empty() ? "" : ", ") +
             (link.empty() ? text : "<a href=\"" + link + "?state=" + word + "\">" + text + "</a>");
  }
  return words.empty() ? "no secret" : words;
}

std::string reading_words(const InventoryRow& row, WallTime now) {
  if (row.status.failure == inventory::Failure::none) {
    return row.status.list ? age(row.status.list->complete_at, now) + " ago" : "";
  }
  const std::string last =
      row.status.list ? "last read " + age(row.status.list->complete_at, now) + " ago" : "never read";
  return "<b>cannot be read</b>, " + last + small(row.status.problem);
}

std::string table_row(const InventoryRow& row, WallTime now) {
  const auto end = row.status.list ? inventory::next_end(*row.status.list, now) : std::nullopt;
  return "<tr class=\"edge " + colour_class(colour_of(row, now)) + "\"><td>" + inventory_link(row.config.name, "") +
         small(row.config.list->about) + "</td><td>" + html(row.config.owner) + "</td><td>" + counts_words(row, now) +
         "</td><td>" + (end ? distance(*end, now) : "") + "</td><td>" + reading_words(row, now) + "</td></tr>\n";
}

std::string time_cell(const std::optional<WallTime>& time, WallTime now, std::string_view none) {
  return "<td>" + (time ? distance(*time, now) : std::string(none)) + "</td>";
}

std::string entry_row(const InventoryRow& row, const Entry& entry, EntryState state, WallTime now) {
  const std::string& name = entry.name.empty() ? entry.id : entry.name;
  const auto ours = row.credentials.find(entry.id);
  const std::string credential = ours == row.credentials.end() ? "" : credential_link(ours->second, "../");
  return "<tr class=\"edge " + colour_class(colour_of(state)) + "\"><td>" + html(name) +
         (entry.name.empty() ? "" : small(entry.id)) + "</td><td>" + html(entry.owner) + "</td><td>" +
         std::string(to_string(state)) + "</td>" + time_cell(entry.ends, now, "never") +
         time_cell(entry.created, now, "") + time_cell(entry.last_used, now, "") + "<td>" + credential + "</td></tr>\n";
}

// Those that end next come first; those that have ended, last.
std::vector<const Entry*> entries_of(const InventoryRow& row, std::optional<EntryState> state, WallTime now) {
  std::vector<const Entry*> entries;
  if (!row.status.list) return entries;
  for (const Entry& entry : row.status.list->entries) {
    if (!state || inventory::state_of(entry, row.config, now) == *state) entries.push_back(&entry);
  }
  std::stable_partition(entries.begin(), entries.end(), [&](const Entry* entry) {
    return !entry->is_disabled && (!entry->ends || *entry->ends > now);
  });
  return entries;
}

std::string entries_table(const InventoryRow& row, std::optional<EntryState> state, WallTime now) {
  const std::vector<const Entry*> entries = entries_of(row, state, now);
  std::string rows;
  const std::size_t shown = std::min(entries.size(), kEntriesShown);
  for (std::size_t i = 0; i < shown; ++i) {
    rows += entry_row(row, *entries[i], inventory::state_of(*entries[i], row.config, now), now);
  }
  if (rows.empty()) return row.status.list ? "<p class=\"calm\">No secret.</p>\n" : "";
  const std::string more = entries.size() == shown
                               ? ""
                               : "<p class=\"more\">and " + with_commas(entries.size() - shown) +
                                     " more: <a href=\"../api/v1/inventories/" +
                                     wire::percent_encoded(row.config.name) + "\">all as JSON</a></p>\n";
  return "<table><thead><tr><th scope=\"col\">Secret</th><th scope=\"col\">Owner</th><th scope=\"col\">State</th><th "
         "scope=\"col\">Ends</th><th scope=\"col\">Created</th><th scope=\"col\">Last "
         "used</th><th scope=\"col\">Credential</th></tr></thead>\n<tbody>\n" +
         rows + "</tbody></table>\n" + more;
}

std::string reading(const InventoryRow& row, WallTime now) {
  std::string list = definition("Last complete list", reading_words(row, now));
  if (row.status.list) list += definition("Requests", with_commas(row.status.list->requests));
  std::uint64_t failures = 0;
  for (const std::uint64_t count : row.status.failures) failures += count;
  list += definition("Failures", with_commas(failures));
  return "<dl>\n" + list +
         definition("Interval", in_words(std::chrono::duration_cast<std::chrono::seconds>(row.config.interval))) +
         "</dl>\n";
}

}  // namespace

std::optional<EntryState> entry_state_named(std::string_view word) {
  for (std::size_t i = 0; i < inventory::kEntryStateCount; ++i) {
    const auto state = static_cast<EntryState>(i);
    if (to_string(state) == word) return state;
  }
  return std::nullopt;
}

std::string inventories_page(const Snapshot& snapshot, const About& about) {
  std::string rows;
  for (const InventoryRow& row : snapshot.inventories) rows += table_row(row, snapshot.taken);
  const std::string title = count_of(snapshot.inventories.size(), "inventory", "inventories");
  const std::string table =
      "<div class=\"card\"><table><caption class=\"hidden\">Inventories</caption><thead><tr><th "
      "scope=\"col\">Inventory</th><th scope=\"col\">Owner</th><th scope=\"col\">Secrets</th><th scope=\"col\">Next "
      "end</th><th scope=\"col\">Read</th></tr></thead>\n<tbody>\n" +
      rows + "</tbody></table></div>\n";
  const std::string none =
      "<p class=\"calm\">The configuration has no inventory: a list of all secrets that an issuer has handed "
      "out.</p>\n";
  return framed({.title = title,
                 .here = "inventories",
                 .root = "./",
                 .icon = State::pending,
                 .body = "<h1>" + title + "</h1>\n" + (rows.empty() ? none : table)},
                about, snapshot.taken);
}

std::string inventory_page(const InventoryRow& row, std::optional<EntryState> state, const Snapshot& snapshot,
                           const About& about) {
  const WallTime now = snapshot.taken;
  const State colour = colour_of(row, now);
  const std::string path = wire::percent_encoded(row.config.name);
  const std::string facts = definition("Secrets", html(row.config.list->about)) +
                            definition("Owner", html(row.config.owner)) +
                            definition("Read with", credential_link(row.config.credential, "../"));
  const std::string all = state ? "<p><a href=\"" + path + "\">All secrets</a></p>\n" : "";
  return framed(
      {.title = shortened(row.config.name, 100),
       .here = "inventories",
       .root = "../",
       .icon = colour == State::ok || colour == State::pending ? colour : State::unauthorized,
       .body = "<h1 class=\"" + colour_class(colour) + "\">" + html(shortened(row.config.name, 200)) +
               "</h1>\n<p class=\"standing\">" + counts_words(row, now, path) + "</p>\n<dl class=\"facts\">\n" + facts +
               "</dl>\n" + section("reading", "Reading", reading(row, now)) +
               section("secrets", state ? "Secrets: " + std::string(to_string(*state)) : "Secrets",
                       entries_table(row, state, now) + all) +
               "<p><a href=\"../api/v1/inventories/" + path + "\">This inventory as JSON</a></p>\n"},
      about, now);
}

}  // namespace authprobe::web
