#include <prometheus/metric_family.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/inventory/entry.h"
#include "exporter/metrics/latest_families.h"
#include "exporter/metrics/samples.h"
#include "exporter/wire/time.h"

namespace authprobe::metrics {
namespace {

using inventory::Entry;
using prometheus::MetricFamily;
using prometheus::MetricType;

// An inventory as its families see it.
struct ListedInventory {
  const config::Inventory& config;
  const inventory::Status& status;
  WallTime now;
};

void add_entries(const ListedInventory& of, Samples& to) {
  if (!of.status.list) return;
  const inventory::StateCounts counts = inventory::count_states(*of.status.list, of.config, of.now);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    to.add(static_cast<double>(counts[i]), {{"state", to_string(static_cast<inventory::EntryState>(i))}});
  }
}

void add_failures(const ListedInventory& of, Samples& to) {
  for (std::size_t i = 1; i < inventory::kFailureCount; ++i) {
    to.add(static_cast<double>(of.status.failures[i]), {{"reason", to_string(static_cast<inventory::Failure>(i))}});
  }
}

// Those that end first, and after now: bounded, whatever the issuer's list has.
void add_ends(const ListedInventory& of, Samples& to) {
  if (!of.status.list || !of.config.series) return;
  int left = of.config.max_series;
  for (const Entry& entry : of.status.list->entries) {
    if (!entry.ends || left == 0) break;
    if (*entry.ends <= of.now || entry.is_disabled) continue;
    to.add(wire::seconds_since_1970(*entry.ends), {{"id", entry.id}, {"name", entry.name}, {"owner", entry.owner}});
    --left;
  }
}

struct InventoryFamily {
  MetricType type;
  std::string_view name;
  std::string_view help;
  void (*add)(const ListedInventory& of, Samples& to);
};

constexpr InventoryFamily kInventoryFamilies[] = {
    {kGauge, "authprobe_inventory_info", "Service, list, credential and owner of the inventory. Always 1.",
     [](const ListedInventory& of, Samples& to) {
       to.add(1.0, {{"provider", of.config.provider},
                    {"list", of.config.list->name},
                    {"credential", of.config.credential},
                    {"owner", of.config.owner}});
     }},
    {kGauge, "authprobe_inventory_entries", "Secrets in the last complete list, by state.", add_entries},
    {kGauge, "authprobe_inventory_next_expiration_timestamp_seconds", "Next expiry of a secret that is not disabled.",
     [](const ListedInventory& of, Samples& to) {
       if (!of.status.list) return;
       if (const auto end = inventory::next_end(*of.status.list, of.now)) to.add(wire::seconds_since_1970(*end));
     }},
    {kGauge, "authprobe_inventory_entry_expiration_timestamp_seconds",
     "Expiry of a secret, for those that expire first, of inventories with series = true.", add_ends},
    {kGauge, "authprobe_inventory_observed_timestamp_seconds", "Time at which the last complete list was read.",
     [](const ListedInventory& of, Samples& to) {
       if (of.status.list) to.add(wire::seconds_since_1970(of.status.list->complete_at));
     }},
    {kGauge, "authprobe_inventory_interval_seconds", "Configured interval between two lists.",
     [](const ListedInventory& of, Samples& to) { to.add(std::chrono::duration<double>(of.config.interval).count()); }},
    {kCounter, "authprobe_inventory_failures_total", "Lists that could not be read to their end, by reason.",
     add_failures},
};

std::vector<MetricFamily> families_of(const config::Config& config, const std::vector<inventory::Status>& statuses) {
  std::vector<MetricFamily> families;
  if (config.inventories.empty()) return families;
  const WallTime now = std::chrono::system_clock::now();
  for (const InventoryFamily& family : kInventoryFamilies) {
    MetricFamily& made = add_family(families, family.type, family.name, family.help);
    for (const config::Inventory& inventory : config.inventories) {
      const auto status = std::ranges::find(statuses, inventory.name, &inventory::Status::name);
      if (status == statuses.end()) continue;
      Samples samples(made, "inventory", inventory.name);
      family.add({inventory, *status, now}, samples);
    }
  }
  return families;
}

}  // namespace

LatestFamilies::Make inventory_families(std::shared_ptr<const config::Config> config,
                                        std::vector<inventory::Status> statuses) {
  return [config = std::move(config), statuses = std::move(statuses)] { return families_of(*config, statuses); };
}

}  // namespace authprobe::metrics
