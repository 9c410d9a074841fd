#include "exporter/config/keys.h"

namespace authprobe::config {

std::vector<KnownKey> known_keys() {
  std::vector<KnownKey> keys;
  for (const auto& [name, help] : kSections) keys.push_back({std::string(name), help, false});
  list_table(settings_keys(), "settings", keys);
  list_target("defaults", true, keys);
  list_credential("credentials.NAME", keys);
  list_target("targets.NAME", false, keys);
  list_target_list("targets_from.NAME", keys);
  list_inventory("inventories.NAME", keys);
  return keys;
}

void refuse_idle(const Field& table, std::string_view key, const std::string& rule, const std::string& hint) {
  if (const auto idle = table.child(key)) idle->error("has no effect: " + rule, hint);
}

}  // namespace authprobe::config
