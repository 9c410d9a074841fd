// What pages and the API show: a target, and a credential, as values.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/http/response.h"
#include "exporter/prober/credential_status.h"
#include "exporter/prober/target_state.h"
#include "exporter/wire/time.h"
#include "exporter/wire/url.h"

namespace authprobe::web {

struct StatusChange {
  WallTime at;
  prober::Transition transition;
};

// One target as it stands after its last probe.
struct TargetStatus {
  std::string name;
  wire::Url url;
  std::string credential;  // its name; empty: none
  // What every probe sets, side by side.
  prober::State state = prober::State::pending;
  bool maintenance = false;                               // inside a maintenance window: nobody is paged
  int status = 0;                                         // of the last probe; 0: no HTTP answer
  WallTime since;                                         // when `state` began; meaningless while it is pending
  std::optional<WallTime> last_probe;                     // none before the first
  std::optional<WallTime> last_good;                      // the last `ok`
  double duration_seconds = 0;                            // of the last probe
  std::array<double, http::kPhaseCount> phase_seconds{};  // likewise, indexed by http::Phase
  std::string detail;                                     // why the state is not ok, in words
  // Of the running episode; no cause where there is none.
  std::optional<diagnosis::Cause> cause;
  diagnosis::Confidence confidence = diagnosis::Confidence::guess;
  std::vector<std::string> evidence;
  std::string advice;
  std::vector<StatusChange> transitions;  // the recent ones, oldest first
};

// One credential: what the configuration says of it, and how it stands.
struct CredentialRow {
  std::string name;
  std::string kind;
  std::string owner;
  std::vector<std::string> used_by;
  std::string rotation;  // a link
  std::vector<std::string> required_scopes;
  prober::CredentialStatus status;
  std::vector<std::string> not_ok;  // the names of its targets that need attention, some of them
};

}  // namespace authprobe::web
