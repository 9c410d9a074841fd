// The credentials in use, and the tasks that keep them usable and known: says which requests are due beside the probes,
// and takes their answers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/credential/credential.h"
#include "exporter/http/request.h"
#include "exporter/http/response.h"
#include "exporter/prober/credential_status.h"
#include "exporter/prober/credential_task.h"
#include "exporter/prober/expiry_query.h"
#include "exporter/prober/inventory_task.h"
#include "exporter/prober/issuer_control.h"
#include "exporter/prober/lockout_guard.h"
#include "exporter/prober/next_credential_probe.h"
#include "exporter/prober/retired_probe.h"
#include "exporter/prober/schedule.h"

namespace authprobe::prober {

// A credential with all that is done for it. Kept over a reload that does not change the credential.
struct ActiveCredential {
  struct Task {
    std::unique_ptr<CredentialTask> task;
    std::uint64_t number = 0;       // of its request in progress; 0: none
    InventoryTask* list = nullptr;  // the list that it reads, as one of several tasks; null: it reads none
  };
  std::shared_ptr<credential::Credential> credential;
  std::vector<Task> tasks;
  bool fetches_token = false;                        // by the first of the tasks
  IssuerControl* issuer = nullptr;                   // one of the tasks; null where nobody can be asked
  NextCredentialProbe* next_probe = nullptr;         // one of the tasks; null where there is no next credential
  RetiredProbe* retired_probe = nullptr;             // one of the tasks; null where no value is retired
  std::vector<InventoryTask*> inventories;           // some of the tasks
  std::optional<inventory::Listed> listed;           // the entry of a list that it is; none: no list has it
  std::pair<std::uint64_t, std::string> looked_for;  // the revision and the issuer's id that lists were searched for
  std::shared_ptr<LockoutGuard> guard;               // null where the credential is no password
};

class CredentialSet {
 public:
  // Takes the credentials of `config`; the unchanged ones stay as they are, with their requests in progress. `rules`
  // are what diagnoses of their answers use; never null. `next`: whether the credentials that will replace others are
  // tried.
  enum class NextProbes { sent, left_out };
  void load(const config::Config& config, std::shared_ptr<const diagnosis::Ruleset> rules,
            NextProbes next = NextProbes::sent);

  // The credential of this name; null where there is none.
  std::shared_ptr<credential::Credential> find(const std::string& name) const;
  std::shared_ptr<LockoutGuard> guard_of(const std::string& name) const;

  // What the credential that is to follow this one got when it was tried last; null where there is none.
  const CredentialStatus::Next* next_answer(const std::string& name) const;

  // A target has begun to be refused with this credential: the one that is to follow is tried now.
  void hurry_next(const std::string& name, SlotTime now);

  // A target was refused with this credential: the issuer of its token is asked, once until nobody is refused.
  void ask_issuer(const std::string& name);
  void forget_issuer(const std::string& name);
  bool asks_issuer(const std::string& name) const;

  // What is known of the token in use, where ask_issuer() was called; null: nothing, or it is no JWT.
  std::shared_ptr<const diagnosis::TokenReport> token_report(const std::string& name) const;

  // A token for this credential is being fetched, or is due to be.
  bool fetches_now(const std::string& name, SlotTime now) const;

  // The requests that are due. Tasks are looked through once a tick at most, and when the earliest of them is due.
  struct TaskRequest {
    std::uint64_t number = 0;  // for finish(); never given out again
    http::Request request;
  };
  std::vector<TaskRequest> start_due(SlotTime now);

  // Something happened that may have changed what is due: look again within a tick.
  void look_again() { next_look_ = std::min(next_look_, last_look_ + Schedule::kTick); }

  // When start_due() is to be called next, at the latest; SlotTime::max(): there is nothing to do.
  SlotTime next_look() const { return next_pages_.empty() ? next_look_ : SlotTime{}; }

  // The answer to the request of that number. Its body may have a token in it, and is wiped. The credential whose
  // token_report() it has completed, or whose next_answer() it is, if any.
  std::optional<std::string> finish(std::uint64_t number, http::Response& response, SlotTime now);

  // Requests that have started and not finished.
  std::size_t in_progress() const { return owner_.size(); }

  // Before the first probe: what an earlier process knew of the credential of that name and configuration.
  void restore(const CredentialStatus& saved);

  // What is known of the credentials, in the configuration's order; the targets are not counted in.
  std::vector<CredentialStatus> statuses() const;

 private:
  IssuerControl* issuer_of(const std::string& name) const;
  NextCredentialProbe* next_probe_of(const std::string& name) const;
  ActiveCredential entry_for(const config::Credential& credential);
  std::optional<http::Request> request_of(ActiveCredential& entry, ActiveCredential::Task& task, SlotTime now);
  void start_if_due(ActiveCredential& entry, ActiveCredential::Task& task, SlotTime now,
                    std::vector<TaskRequest>& requests);
  void tell_hosts(const config::Config& config);
  void read_signed_urls(const config::Config& config);
  ExpiryQuery::ClientCredential client_credential(const std::string& name) const;
  void forget_lists(const config::Config& config);
  void use_next(ActiveCredential& entry, const config::Config& config);
  void use_retired(ActiveCredential& entry, const config::Config& config);
  void use_inventories(ActiveCredential& entry, const config::Config& config);
  void go_on(ActiveCredential& entry, InventoryTask& inventory, SlotTime now);
  bool has_room_for(const ActiveCredential::Task& task) const;
  void lend_ends(const InventoryTask& inventory, WallTime now);
  void lend_end(ActiveCredential& entry, const InventoryTask& inventory, const inventory::Finder& finder, WallTime now);
  static bool forget_replaced(ActiveCredential& entry);
  void look_in_lists(ActiveCredential& entry, WallTime now);

  std::vector<ActiveCredential> entries_;               // in the configuration's order
  std::unordered_map<std::string, std::size_t> index_;  // by name
  std::unordered_map<std::uint64_t, std::string>
      owner_;  // the credential's name, by the number of a request in progress
  std::shared_ptr<const diagnosis::Ruleset> rules_;
  std::vector<TaskRequest> next_pages_;  // of lists: they wait for no tick, for a list may have hundreds
  std::uint64_t last_number_ = 0;
  SlotTime last_look_;
  SlotTime next_look_;
};

}  // namespace authprobe::prober
