// Reads the list of secrets that an issuer keeps, page by page, on an interval. A list counts once it is complete;
// until then, and after a failure, the last complete one stays. A list that needs a request for each of its entries has
// several of them in progress. Virtual time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/credential/credential.h"
#include "exporter/inventory/listing.h"
#include "exporter/inventory/status.h"
#include "exporter/prober/credential_task.h"

namespace authprobe::prober {

class InventoryTask : public CredentialTask {
 public:
  static constexpr std::chrono::seconds kFirstRetry{30};
  // How soon to look whether a credential that could not be had can be had now.
  static constexpr std::chrono::seconds kWithoutSecret{1};
  // How long to wait where an issuer limits our rate and does not say for how long.
  static constexpr std::chrono::seconds kUsualPause{30};
  // A list that is not complete by then has failed.
  static constexpr std::chrono::minutes kLeastTimeForList{10};

  // So many requests are in progress at most; half as many after each refusal because of our rate.
  static constexpr std::size_t kMostInProgress = 8;

  InventoryTask(config::Inventory config, std::shared_ptr<credential::Credential> credential);

  // Tasks that send requests of the same list beside this one, which outlives them: none where each page of the list
  // is known only from the one before.
  std::vector<std::unique_ptr<CredentialTask>> helpers();

  const config::Inventory& config() const { return config_; }

  // The list, once after each time that it has become complete; null: it has not since.
  std::shared_ptr<const inventory::EntryList> take_new_list() { return std::exchange(new_list_, nullptr); }

  // The last complete list; null: none yet.
  const inventory::EntryList* list() const { return status_.list.get(); }

  SlotTime due() const override;
  std::optional<http::Request> next_request(SlotTime now) override;
  void on_response(const http::Response& response, SlotTime now) override;
  void set_rules(const std::shared_ptr<const diagnosis::Ruleset>& rules) override { rules_ = rules; }
  void fill_status(CredentialStatus& status) const override { status.inventories.push_back(status_); }

 private:
  class Helper;
  // Which request a task has in progress.
  struct Sent {
    std::uint64_t list = 0;  // the number of the reading
    std::uint64_t request = 0;
  };
  using Version = std::pair<std::uint64_t, std::uint64_t>;  // of the secrets and of the fetched token
  Version version() const { return {credential_->revision(), credential_->token_number()}; }
  std::optional<http::Request> request_for(inventory::Listing::Ask ask) const;
  SlotTime due_beside() const;
  std::size_t width() const;
  std::optional<http::Request> send(Sent& sent, SlotTime now);
  void take(const Sent& sent, const http::Response& response, SlotTime now);
  bool limits_rate(const http::Response& response, SlotTime now) const;
  bool pause(const http::Response& response, SlotTime now);
  void rest_as_told(const http::Response& response, SlotTime now);
  void finish(SlotTime now);
  void end_list();
  void fail(inventory::Listing::Problem problem, SlotTime now);

  const config::Inventory config_;
  const std::shared_ptr<credential::Credential> credential_;
  std::shared_ptr<const diagnosis::Ruleset> rules_;  // null before set_rules()
  std::optional<inventory::Listing> listing_;        // none: no list is being read
  SlotTime begun_;                                   // when it was begun
  std::uint64_t list_number_ = 0;                    // of the list that is being read
  Sent sent_;                                        // by this task itself
  std::size_t in_progress_ = 0;                      // requests of this list
  std::size_t most_in_progress_ = kMostInProgress;   // as many as the issuer bears
  std::optional<std::size_t> budget_;                // requests that the issuer still allows, as it has told last
  SlotTime next_;
  bool awaits_token_ = false;
  std::optional<Version> refused_;  // a password that was refused: it is not tried again
  int failures_in_a_row_ = 0;
  inventory::Status status_;
  std::shared_ptr<const inventory::EntryList> new_list_;
};

}  // namespace authprobe::prober
