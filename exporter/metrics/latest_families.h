// Families of prometheus-cpp that are made when they are scraped, of what was last set: those of credentials,
// inventories, lists of targets, and included files.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "exporter/config/broken_file.h"
#include "exporter/config/config.h"
#include "exporter/config/target_list.h"
#include "exporter/inventory/status.h"
#include "exporter/prober/credential_status.h"

namespace prometheus {
class Collectable;
struct MetricFamily;
}  // namespace prometheus

namespace authprobe::metrics {

// Any thread may call any member.
class LatestFamilies {
 public:
  using Make = std::function<std::vector<prometheus::MetricFamily>()>;

  LatestFamilies();
  ~LatestFamilies();
  LatestFamilies(const LatestFamilies&) = delete;
  LatestFamilies& operator=(const LatestFamilies&) = delete;

  // The next scrape shows what `make` returns; before the first call, nothing. The functions below return such ones.
  void set(Make make);

  std::shared_ptr<const prometheus::Collectable> collectable() const;

 private:
  class Latest;
  std::shared_ptr<Latest> latest_;
};

// Whose the credentials are, when they end, what was fetched and looked up for them, and how their targets stand:
// `statuses` are those of the configuration's credentials, in its order.
LatestFamilies::Make credential_families(std::shared_ptr<const config::Config> config,
                                         std::vector<prober::CredentialStatus> statuses);

// How many secrets of inventories are in which state, when the next one ends, and whether the lists can still be read:
// `statuses` are those of the configuration's inventories, in any order.
LatestFamilies::Make inventory_families(std::shared_ptr<const config::Config> config,
                                        std::vector<inventory::Status> statuses);

// Whether lists of targets can be read, and what was made of them; without lists, none.
LatestFamilies::Make list_families(std::vector<config::ListReport> reports);

// Included files that have errors. A family of their number; and of the first files, a series for each.
LatestFamilies::Make broken_file_families(const std::vector<config::BrokenFile>& files);

}  // namespace authprobe::metrics
