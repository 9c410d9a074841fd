#include "exporter/web/inventory_api.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "exporter/web/api.h"
#include "exporter/web/api_json.h"
#include "exporter/web/inventory_page.h"

namespace authprobe::web {
namespace {

using inventory::EntryState;
using Json = nlohmann::ordered_json;

Json time_json(const std::optional<WallTime>& time) {
  return time ? Json(wire::rfc3339(*time)) : Json(nullptr);
}

Json entry_json(const InventoryRow& row, const inventory::Entry& entry, EntryState state) {
  const auto ours = row.credentials.find(entry.id);
  return {{"id", entry.id},
          {"name", entry.name},
          {"owner", entry.owner},
          {"state", to_string(state)},
          {"created", time_json(entry.created)},
          {"ends", time_json(entry.ends)},
          {"last_used", time_json(entry.last_used)},
          {"credential", ours == row.credentials.end() ? Json(nullptr) : Json(ours->second)}};
}

Json summary_json(const InventoryRow& row, WallTime now) {
  const inventory::Status& status = row.status;
  Json counts = nullptr;
  if (status.list) {
    const auto numbers = inventory::count_states(*status.list, row.config, now);
    counts = Json::object();
    for (std::size_t i = 0; i < numbers.size(); ++i) counts[to_string(static_cast<EntryState>(i))] = numbers[i];
  }
  return {{"name", row.config.name},
          {"provider", row.config.provider},
          {"list", row.config.list->name},
          {"about", row.config.list->about},
          {"credential", row.config.credential},
          {"owner", row.config.owner},
          {"complete_at", time_json(status.list ? std::optional(status.list->complete_at) : std::nullopt)},
          {"attempted_at", time_json(status.attempted_at)},
          {"failure", status.failure == inventory::Failure::none ? Json(nullptr) : Json(to_string(status.failure))},
          {"problem", status.problem},
          {"next_end", time_json(status.list ? inventory::next_end(*status.list, now) : std::nullopt)},
          {"entries_by_state", std::move(counts)}};
}

}  // namespace

const InventoryRow* find_inventory(const Snapshot& snapshot, std::string_view name) {
  const auto found =
      std::ranges::find_if(snapshot.inventories, [&](const InventoryRow& row) { return row.config.name == name; });
  return found == snapshot.inventories.end() ? nullptr : &*found;
}

Response inventories_answer(const Request& request, const Snapshot& snapshot) {
  if (!request.query.empty()) return json_error(400, "no parameter is known");
  Json list = Json::array();
  for (const InventoryRow& row : snapshot.inventories) list.push_back(summary_json(row, snapshot.taken));
  Response response = page(kJsonType, dump(list));
  response.headers.emplace_back("X-Total-Count", std::to_string(snapshot.inventories.size()));
  return response;
}

Response inventory_answer(const Request& request, const Snapshot& snapshot) {
  const InventoryRow* row = find_inventory(snapshot, name_in(request, kInventoriesPath));
  if (row == nullptr) return json_error(404, "there is no inventory of this name");
  std::optional<EntryState> state;
  for (const auto& [name, value] : request.query) {
    state = name == "state" ? entry_state_named(value) : std::nullopt;
    if (!state) return json_error(400, "known is state, one of the states of secrets");
  }
  Json json = summary_json(*row, snapshot.taken);
  Json entries = Json::array();
  if (row->status.list) {
    for (const inventory::Entry& entry : row->status.list->entries) {
      const EntryState its = inventory::state_of(entry, row->config, snapshot.taken);
      if (!state || *state == its) entries.push_back(entry_json(*row, entry, its));
    }
  }
  json["entries"] = std::move(entries);
  return page(kJsonType, dump(json));
}

}  // namespace authprobe::web
