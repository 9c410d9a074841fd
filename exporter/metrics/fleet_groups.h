// Which targets share a credential, a host, or both: what series of credentials and hosts are summed up over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "exporter/config/config.h"

namespace authprobe::metrics {

// The host that authprobe_target_info shows: with the port if the URL has one, or the path of the unix socket.
std::string shown_host(const config::Target& target);

// One kind of group. Groups are numbered in the order of their first target.
class TargetGroups {
 public:
  // By the labels of each target's group, with names and quotes.
  explicit TargetGroups(const std::vector<std::string>& labels_by_target);
  std::size_t count() const { return labels_.size(); }
  std::size_t of(std::size_t target) const { return of_target_[target]; }
  const std::string& labels(std::size_t group) const { return labels_[group]; }

 private:
  std::vector<std::uint32_t> of_target_;
  std::vector<std::string> labels_;
};

struct FleetGroups {
  static FleetGroups of(const config::Config& config);

  TargetGroups credentials;  // targets without one are a group too
  TargetGroups hosts;
  TargetGroups credentials_at_hosts;
  std::vector<bool> has_credential;  // by target
};

}  // namespace authprobe::metrics
