#include "exporter/prober/reload_plan.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "exporter/prober/scope_share.h"

namespace authprobe::prober {
namespace {

std::vector<std::size_t> unchanged_of(const config::Config* from, const config::Config& to) {
  std::vector<std::size_t> unchanged(to.targets.size(), ReloadPlan::kNone);
  if (from == nullptr) return unchanged;
  std::unordered_map<std::string_view, std::size_t> old_target;
  old_target.reserve(from->targets.size());
  for (std::size_t i = 0; i < from->targets.size(); ++i) old_target.emplace(from->targets[i].name, i);
  for (std::size_t i = 0; i < to.targets.size(); ++i) {
    const auto old = old_target.find(to.targets[i].name);
    if (old != old_target.end() && from->targets[old->second] == to.targets[i]) unchanged[i] = old->second;
  }
  return unchanged;
}

// What bounds on one host count: the socket, or scheme, host and port.
std::string host_key(const config::Target& target) {
  return target.connection->unix_socket.empty() ? target.url.origin() : target.connection->unix_socket;
}

// Numbers the hosts of the targets, from 0.
std::vector<std::uint32_t> hosts_of(const config::Config& config) {
  std::unordered_map<std::string, std::uint32_t> hosts;
  std::vector<std::uint32_t> host_of;
  host_of.reserve(config.targets.size());
  for (const auto& target : config.targets) {
    host_of.push_back(hosts.try_emplace(host_key(target), hosts.size()).first->second);
  }
  return host_of;
}

}  // namespace

ReloadPlan::ReloadPlan(std::shared_ptr<const config::Config> old, std::shared_ptr<const config::Config> next)
    : from(std::move(old)),
      to(std::move(next)),
      unchanged(unchanged_of(from.get(), *to)),
      host_of(hosts_of(*to)),
      scope_of(scopes_of(*to)),
      admission(to->settings.max_in_flight, to->settings.max_in_flight_per_host, host_of, {limits_of(*to), scope_of}) {}

}  // namespace authprobe::prober
