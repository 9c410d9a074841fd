// The credentials' metrics: whose they are, when they end, what was fetched and looked up for them, and how their
// targets stand.
#pragma once

#include <memory>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/prober/credential_status.h"

namespace prometheus {
class Collectable;
}

namespace authprobe::metrics {

// Any thread may call any member.
class CredentialMetrics {
 public:
  CredentialMetrics();
  ~CredentialMetrics();
  CredentialMetrics(const CredentialMetrics&) = delete;
  CredentialMetrics& operator=(const CredentialMetrics&) = delete;

  // What the next scrape shows: `statuses` are those of the configuration's credentials, in its order.
  void set(std::shared_ptr<const config::Config> config, std::vector<prober::CredentialStatus> statuses);

  std::shared_ptr<const prometheus::Collectable> collectable() const;

 private:
  class Snapshot;
  std::shared_ptr<Snapshot> snapshot_;
};

}  // namespace authprobe::metrics
