#include "exporter/commands/single_target.h"

#include <algorithm>
#include <ostream>
#include <vector>

#include "exporter/config/load.h"

namespace authprobe::commands {

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
