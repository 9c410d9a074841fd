// What is known of one credential now: the value that metrics, pages and checks are fed with. No secret; of what a
// server said only the evidence of a diagnosis.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/credential/expiry.h"
#include "exporter/credential/fetch_failure.h"
#include "exporter/credential/validity.h"
#include "exporter/diagnosis/diagnosis.h"
#include "exporter/inventory/match.h"
#include "exporter/inventory/status.h"
#include "exporter/prober/lockout_guard.h"
#include "exporter/prober/target_state.h"

namespace authprobe::prober {

// What became of the value before the one in use: there is none, or none since this process began; it was not answered
// yet; it still works, within the time that it may or beyond it; it is refused.
enum class RetiredState : std::uint8_t { none, untried, accepted, overdue, refused };
inline constexpr std::size_t kRetiredStateCount = 5;
std::string_view to_string(RetiredState state);

struct CredentialStatus {
  std::string name;
  bool available = false;             // it can be sent now
  std::string problem;                // why it cannot; empty where it can
  std::optional<WallTime> loaded_at;  // when the value in use was read or fetched
  std::string fingerprint;            // tells its secrets apart from others in the log; means nothing to anybody
  std::uint64_t rotations = 0;        // how often the configured secret has become another one

  std::vector<credential::Expiry> expiries;     // one per kind at most: the source that wins
  std::vector<credential::ExpiryClaim> claims;  // what each source says
  credential::ExpiryState expiry_state = credential::ExpiryState::unknown;
  std::optional<std::chrono::seconds> lifetime;     // from issue to end
  std::optional<std::chrono::seconds> warn_before;  // none where nothing is known to end
  std::optional<std::chrono::seconds> critical_before;

  // Fetched tokens (oauth2, login).
  struct TokenFetches {
    std::uint64_t total = 0;
    std::uint64_t renewals = 0;  // tokens that came after a refusal of the one before
    std::array<std::uint64_t, credential::kFetchFailureCount> failures{};  // indexed by FetchFailure
    std::string failure;                          // why the last one failed; empty where it did not
    std::optional<diagnosis::Diagnosis> refusal;  // the last one was refused
    std::string remark;                           // what is odd about the answer with the token in use; empty: nothing
    double last_duration_seconds = 0;
    std::optional<WallTime> last;  // when the last one ended, well or not
  };
  std::optional<TokenFetches> fetches;  // none: nothing is fetched for this kind

  // Asking a server when the credential ends.
  struct Lookup {
    std::uint64_t failures = 0;
    std::optional<WallTime> observed_at;  // the last answer that could be read
    std::chrono::milliseconds interval{0};
  };
  std::optional<Lookup> lookup;  // none: nobody is asked

  std::optional<bool> active;  // the issuer says that it works, or that it does not, whatever its end

  std::optional<std::vector<std::string>> granted_scopes;  // none: nobody tells
  std::vector<std::string> missing_scopes;                 // required, not granted
  std::vector<std::string> excess_scopes;                  // granted, not allowed
  std::vector<std::string> lost_scopes;                    // granted until the last change
  std::uint64_t scope_changes = 0;                         // how often its issuer has told others than before

  // The credential that is to follow this one, tried on one of its targets.
  struct Next {
    std::string name;
    State state = State::pending;
    int status = 0;
    std::string problem;  // why its state is not ok
    std::optional<WallTime> last;
  };
  std::optional<Next> next;

  // The value that was in use before, tried on one of the targets: it has to be refused.
  struct Previous {
    RetiredState state = RetiredState::none;
    int status = 0;                      // of the last answer; 0: none yet
    std::string problem;                 // why it is not known whether it is refused
    std::optional<WallTime> retired_at;  // when it was replaced
    std::optional<WallTime> last;        // when it was tried last
    std::optional<WallTime> due;         // until when it may still work
  };
  std::optional<Previous> previous;  // none: the configuration does not ask for it

  // What servers said of the end of the value in use, and when the file of that value was last modified. A process that
  // finds the same file after a restart knows the same ends.
  std::vector<credential::ExpiryClaim> observed;
  std::optional<WallTime> changed_at;  // none: it is in no file
  std::optional<LockoutGuard::Memory> lockout;

  std::optional<inventory::Listed> listed;     // the entry of a list that is this credential; none: no list has it
  std::vector<inventory::Status> inventories;  // the lists that are read with it

  double lockout_backoff_seconds = 0;              // how long probing rests after repeated refusals of a password
  std::array<std::size_t, kStateCount> targets{};  // how many of its targets are in each State
};

// The inventories that are read with these credentials.
inline std::vector<inventory::Status> inventories_of(const std::vector<CredentialStatus>& credentials) {
  std::vector<inventory::Status> inventories;
  for (const CredentialStatus& credential : credentials) {
    inventories.insert(inventories.end(), credential.inventories.begin(), credential.inventories.end());
  }
  return inventories;
}

}  // namespace authprobe::prober
