#include "exporter/config/redacted_toml.h"

#include <algorithm>

#include "exporter/config/keys.h"

namespace authprobe::config {
namespace {

TomlWriter begin_table(std::string& out, const std::string& name) {
  out += "\n[" + name + "]\n";
  return TomlWriter(out);
}

}  // namespace

std::string redacted_toml(const Config& config) {
  std::string out;
  for (const std::string& file : config.files) out += "# from " + quoted(file) + '\n';
  show_table(config.settings, settings_keys(), begin_table(out, "settings"));
  for (const Credential& credential : config.credentials) {
    show_credential(credential, begin_table(out, "credentials." + key_text(credential.name)));
  }
  for (const TargetList& list : config.lists) {
    const auto made = std::ranges::count(config.targets, list.name, &Target::list);
    const TomlWriter writer = begin_table(out, "targets_from." + key_text(list.name));
    out += "# targets made of it, each shown on its page: " + std::to_string(made) + '\n';
    show_target_list(list, writer);
  }
  for (const Target& target : config.targets) {
    if (target.list.empty()) out += redacted_toml(target);
  }
  for (const Inventory& inventory : config.inventories) {
    show_inventory(inventory, begin_table(out, "inventories." + key_text(inventory.name)));
  }
  return out;
}

std::string redacted_toml(const Target& target) {
  std::string out;
  show_target(target, begin_table(out, "targets." + key_text(target.name)));
  return out;
}

}  // namespace authprobe::config
