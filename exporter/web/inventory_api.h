// The answers of /api/v1/inventories. Pure.
#pragma once

#include <string_view>

#include "exporter/web/http.h"
#include "exporter/web/status_store.h"

namespace authprobe::web {

inline constexpr std::string_view kInventoriesPath = "/api/v1/inventories";

Response inventories_answer(const Request& request, const Snapshot& snapshot);

// The name is the path's part after the collection's.
Response inventory_answer(const Request& request, const Snapshot& snapshot);

// Null without one of this name.
const InventoryRow* find_inventory(const Snapshot& snapshot, std::string_view name);

}  // namespace authprobe::web
