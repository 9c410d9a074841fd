// Which scoped include each target is of, and how many probes of each may be in flight. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/prober/admission.h"

namespace authprobe::prober {

// Numbers the scopes of the targets, in the order of the configuration.
inline std::vector<std::uint32_t> scopes_of(const config::Config& config) {
  std::unordered_map<std::string_view, std::uint32_t> scopes;
  for (const config::ScopedInclude& scope : config.scopes) scopes.emplace(scope.files, scopes.size());
  std::vector<std::uint32_t> scope_of;
  if (scopes.empty()) return scope_of;
  scope_of.reserve(config.targets.size());
  for (const config::Target& target : config.targets) {
    const auto scope = target.scope.empty() ? scopes.end() : scopes.find(target.scope);
    scope_of.push_back(scope == scopes.end() ? Admission::kNone : scope->second);
  }
  return scope_of;
}

// All scopes without a limit of their own have half of the probes together.
inline std::vector<int> limits_of(const config::Config& config) {
  std::vector<int> most;
  const int share =
      config.settings.max_in_flight / static_cast<int>(2 * std::max<std::size_t>(1, config.scopes.size()));
  for (const config::ScopedInclude& scope : config.scopes) {
    most.push_back(std::max(1, scope.max_in_flight > 0 ? scope.max_in_flight : share));
  }
  return most;
}

}  // namespace authprobe::prober
