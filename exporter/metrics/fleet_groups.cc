#include "exporter/metrics/fleet_groups.h"

#include <string_view>
#include <unordered_map>
#include <utility>

#include "exporter/metrics/text_writer.h"

namespace authprobe::metrics {

std::string shown_host(const config::Target& target) {
  const std::string& socket = target.connection->unix_socket;
  return std::string(socket.empty() ? target.url.authority() : socket);
}

TargetGroups::TargetGroups(const std::vector<std::string>& labels_by_target) {
  std::unordered_map<std::string_view, std::uint32_t> known;
  for (const std::string& labels : labels_by_target) {
    const auto [group, is_new] = known.emplace(labels, static_cast<std::uint32_t>(labels_.size()));
    if (is_new) labels_.push_back(labels);
    of_target_.push_back(group->second);
  }
}

FleetGroups FleetGroups::of(const config::Config& config) {
  std::vector<std::string> credentials;
  std::vector<std::string> hosts;
  std::vector<std::string> both;
  std::vector<bool> has_credential;
  for (const config::Target& target : config.targets) {
    std::string credential;
    append_label(credential, "credential", target.credential);
    std::string host;
    append_label(host, "host", shown_host(target));
    both.push_back(credential + "," + host);
    credentials.push_back(std::move(credential));
    hosts.push_back(std::move(host));
    has_credential.push_back(!target.credential.empty());
  }
  return {TargetGroups(credentials), TargetGroups(hosts), TargetGroups(both), std::move(has_credential)};
}

}  // namespace authprobe::metrics
