#include "exporter/commands/single_target.h"

#include <algorithm>
#include <ostream>
#include <vector>

#include "exporter/config/load.h"

namespace authprobe::commands {

namespace {

// The list that the credential says it is in, or of its service, or one that knows the clients of its secrets.
bool may_list(const config::Inventory& inventory, const config::Credential& credential) {
  const std::string& listed = credential.listed_as.inventory;
  if (!listed.empty()) return listed == inventory.name;
  const bool is_client = std::holds_alternative<config::Oauth2>(credential.kind);
  return inventory.provider == credential.provider.name || (is_client && !inventory.list->client.empty());
}

// Leaves the lists that may have the target's credential; adds what they are read with to `wanted`.
void keep_lists(config::Config& config, const std::string& own, std::vector<std::string>& wanted) {
  const auto credential = std::ranges::find(config.credentials, own, &config::Credential::name);
  std::erase_if(config.inventories, [&](const config::Inventory& inventory) {
    return credential == config.credentials.end() || !may_list(inventory, *credential);
  });
  for (const config::Inventory& inventory : config.inventories) wanted.push_back(inventory.credential);
}

}  // namespace

bool keep_only_target(const std::string& target, Questions questions, config::Config& config) {
  std::erase_if(config.targets, [&](const config::Target& candidate) { return candidate.name != target; });
  if (config.targets.empty()) return false;
  config.lists.clear();  // their URLs are not asked
  const std::string& own = config.targets[0].credential;
  std::vector<std::string> wanted{own};
  for (const config::Credential& credential : config.credentials) {
    if (credential.name != own) continue;
    wanted.push_back(credential.next);
    if (questions == Questions::asked) wanted.push_back(credential.expiry.introspection.credential);
  }
  if (questions == Questions::left_out) config.inventories.clear();
  keep_lists(config, own, wanted);
  std::erase_if(config.credentials, [&](const config::Credential& credential) {
    return std::find(wanted.begin(), wanted.end(), credential.name) == wanted.end();
  });
  for (config::Credential& credential : config.credentials) {
    if (questions == Questions::asked && credential.name == own) continue;
    credential.expiry.lookup = {};
    credential.expiry.introspection = {};
  }
  return true;
}

std::optional<config::Config> load_single_target(const std::string& file, const std::string& target,
                                                 Questions questions, std::ostream& err) {
  config::LoadResult result = config::load(file);
  if (!result.ok()) {
    for (const auto& finding : result.findings) err << to_string(finding) << '\n';
    return std::nullopt;
  }
  if (keep_only_target(target, questions, result.config)) return std::move(result.config);
  err << file << ": no target \"" << target << "\"\n";
  return std::nullopt;
}

}  // namespace authprobe::commands
