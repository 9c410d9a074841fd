// The credentials in use and the chores that keep them usable and known: finds what is due, sends it beside the probes,
// and hands back what came of it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/credential/credential.h"
#include "exporter/http/transfer_set.h"
#include "exporter/prober/chore.h"
#include "exporter/prober/credential_status.h"
#include "exporter/prober/lockout_guard.h"
#include "exporter/prober/lookup.h"
#include "exporter/prober/next_trial.h"

namespace authprobe::prober {

// A credential with all that is done for it. Kept over a reload that does not change the credential.
struct CredentialEntry {
  struct Task {
    std::unique_ptr<Chore> chore;
    std::uint64_t under_way = 0;  // the id of its transfer; 0: none
  };
  std::shared_ptr<credential::Credential> credential;
  std::vector<Task> tasks;
  NextTrial* next_trial = nullptr;      // one of the tasks; null where there is no next credential
  std::shared_ptr<LockoutGuard> guard;  // null where the credential is no password
};

class Upkeep {
 public:
  // Marks the ids of chores' transfers among those of the same TransferSet.
  static constexpr std::uint64_t kIdBit = std::uint64_t{1} << 61;

  // Takes the credentials of `config`; the unchanged ones stay as they are, with what is under way for them.
  void load(const config::Config& config);

  // The credential of this name; null where there is none.
  std::shared_ptr<credential::Credential> find(const std::string& name) const;
  std::shared_ptr<LockoutGuard> guard_of(const std::string& name) const;

  // What the credential that is to follow this one got when it was tried last; nothing where there is none.
  std::optional<diagnosis::ControlAnswer> next_answer(const std::string& name) const;

  // Starts what is due. Chores are looked through once a tick at most, and when the earliest of them is due.
  void start_due(http::TransferSet& transfers, Instant now);

  // Something happened that may have changed what is due: look again within a tick.
  void look_again() { next_look_ = std::min(next_look_, last_look_ + Schedule::kTick); }

  // When start_due() is to be called next, at the latest; Instant::max(): there is nothing to do.
  Instant next_look() const { return next_look_; }

  // Takes the answer to a chore's request: one whose id has kIdBit.
  // Its body may have a token in it, and is wiped.
  void take(http::Finished& finished, Instant now);

  // What the credentials and their chores know, in the configuration's order; the targets are not counted in.
  std::vector<CredentialStatus> statuses() const;

 private:
  CredentialEntry entry_for(const config::Credential& credential, const config::Config& config);
  void read_signed_urls(const config::Config& config);
  Lookup::Introspector introspector(const std::string& name) const;
  void use_next(CredentialEntry& entry, const config::Config& config);

  std::vector<CredentialEntry> entries_;                  // in the configuration's order
  std::unordered_map<std::string, std::size_t> index_;    // by name
  std::unordered_map<std::uint64_t, std::string> owner_;  // the credential's name, by the id of a transfer under way
  std::uint64_t last_id_ = 0;
  Instant last_look_{0};
  Instant next_look_{0};
};

}  // namespace authprobe::prober
