#include "exporter/commands/single_target.h"

#include <algorithm>
#include <ostream>

#include "exporter/config/load.h"

namespace authprobe::commands {

bool keep_only_target(const std::string& target, config::Config& config) {
  std::erase_if(config.targets, [&](const config::Target& candidate) { return candidate.name != target; });
  if (config.targets.empty()) return false;
  const std::string& own = config.targets[0].credential;
  std::string next;
  for (const config::Credential& credential : config.credentials) {
    if (credential.name == own) next = credential.next;
  }
  std::erase_if(config.credentials, [&](const config::Credential& credential) {
    return credential.name != own && (next.empty() || credential.name != next);
  });
  for (config::Credential& credential : config.credentials) {
    credential.expiry.lookup = {};
    credential.expiry.introspection = {};
  }
  return true;
}

std::optional<config::Config> load_single_target(const std::string& file, const std::string& target,
                                                 std::ostream& err) {
  config::LoadResult result = config::load(file);
  if (!result.ok()) {
    for (const auto& finding : result.findings) err << to_string(finding) << '\n';
    return std::nullopt;
  }
  if (keep_only_target(target, result.config)) return std::move(result.config);
  err << file << ": no target \"" << target << "\"\n";
  return std::nullopt;
}

}  // namespace authprobe::commands
