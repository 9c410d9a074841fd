// The page of all inventories, and of one with its secrets. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/web/frame.h"
#include "exporter/web/status_store.h"

namespace authprobe::web {

std::string inventories_page(const Snapshot& snapshot, const About& about);

// `inventory` is one of the snapshot's. `state`: shows the secrets in that state alone.
std::string inventory_page(const InventoryRow& inventory, std::optional<inventory::EntryState> state,
                           const Snapshot& snapshot, const About& about);

std::optional<inventory::EntryState> entry_state_named(std::string_view word);

}  // namespace authprobe::web
