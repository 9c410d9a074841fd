// `inventories.NAME`.
#include <algorithm>
#include <memory>
#include <utility>

#include "exporter/config/forms.h"

namespace authprobe::config {
namespace {

using std::chrono::hours;

constexpr Duration kDay = hours(24);
constexpr int kMostEntries = 100'000;
constexpr int kMostRequests = 100'000;
constexpr int kMostSeries = 10'000;
constexpr Bounds kListInterval = between(std::chrono::seconds(1), kDay * 7);
constexpr Bounds kBefore = between(std::chrono::minutes(1), kDay * 3'650);
constexpr Bounds kUnused = between(Duration(0), kDay * 3'650);

template <auto member>
constexpr Form<Inventory> before = {duration<member, kBefore>.read, [](const Inventory& value, const TomlWriter& out) {
                                      if (value.*member) show_duration(value.*member, out);
                                    }};

constexpr Key<Inventory> kInventoryKeys[] = {
    {"provider", text<&Inventory::provider, &Field::name>, "the service: [inventories](inventories.md#services)"},
    {"list", text<&Inventory::list_name, &Field::name>, "which of the service's lists; without it, the first"},
    {"credential", text<&Inventory::credential, &Field::name>, "what the list is read with"},
    {"owner", text<&Inventory::owner, &Field::line>,
     "who looks after the secrets: a label of `authprobe_inventory_info`"},
    {"interval", duration<&Inventory::interval, kListInterval>, "the time between two lists: `\"1s\"` to `\"7d\"`"},
    {"warn_before", before<&Inventory::warn_before>,
     "how long before its expiry a secret is in state `warning`; depends on its lifetime unless set, as for "
     "[credentials](#expiry)"},
    {"critical_before", before<&Inventory::critical_before>, "the same for state `critical`"},
    {"unused_after", duration<&Inventory::unused_after, kUnused>,
     "how long after its last use, or its creation, a secret is in state `unused`; `\"0s\"`: never"},
    {"max_entries", integer<&Inventory::max_entries, 1, kMostEntries>,
     "the most secrets of one list: a longer list is a failure, and the last complete list stays"},
    {"max_requests", integer<&Inventory::max_requests, 1, kMostRequests>, "the most requests for one list"},
    {"series", boolean<&Inventory::series>, "`true`: each secret has a series with its expiry"},
    {"max_series", integer<&Inventory::max_series, 1, kMostSeries>,
     "the most secrets with a series: those that expire first, and after now"},
};

template <typename I, typename C, typename Use>
void tables_of(I& inventory, C& connection, Use use) {
  use(Keys<Inventory>(kInventoryKeys), inventory, true);
  use(connection_keys(), connection, true);
}

void check_inventory(const Field& field, const Inventory& inventory, const Connection& connection) {
  if (!field.child("credential")) field.error("must have credential", "what the list is read with");
  check_proxy_login(field, connection);
  if (inventory.warn_before && inventory.critical_before && *inventory.critical_before > *inventory.warn_before) {
    field.child("critical_before")->error("must not be longer than warn_before");
  }
}

}  // namespace

void read_inventory(const Field& field, Inventory& into) {
  Connection connection = *into.connection;
  read_tables(
      field, [&](auto use) { tables_of(into, connection, use); }, [](const Field&) {});
  check_inventory(field, into, connection);
  into.connection = std::make_shared<const Connection>(std::move(connection));
}

void show_inventory(const Inventory& inventory, const TomlWriter& out) {
  for (const auto& [name, value] : inventory.variables) out.at(name).text(value);
  show_tables([&](auto use) { tables_of(inventory, *inventory.connection, use); }, out);
}

void list_inventory(const std::string& path, std::vector<KnownKey>& keys) {
  const Inventory inventory;
  const Connection connection;
  list_tables([&](auto use) { tables_of(inventory, connection, use); }, path, keys);
}

bool is_inventory_key(std::string_view word) {
  const Inventory inventory;
  const Connection connection;
  const auto names = names_of([&](auto use) { tables_of(inventory, connection, use); });
  return std::ranges::find(names, word) != names.end();
}

}  // namespace authprobe::config
