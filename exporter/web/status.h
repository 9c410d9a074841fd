// A target and a credential as pages and the API show them.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/diagnosis/diagnosis.h"
#include "exporter/http/response.h"
#include "exporter/inventory/status.h"
#include "exporter/prober/credential_status.h"
#include "exporter/prober/probe_record.h"
#include "exporter/prober/rate_limit.h"
#include "exporter/prober/target_state.h"
#include "exporter/web/probe_strip.h"
#include "exporter/wire/time.h"
#include "exporter/wire/url.h"

namespace authprobe::web {

struct StatusChange {
  WallTime at;
  prober::Transition transition;
};

// A target's state changed.
struct StateChange {
  WallTime at;
  std::string target;
  std::string credential;  // empty: none
  prober::State from = prober::State::pending;
  prober::State to = prober::State::pending;
  std::optional<diagnosis::Cause> cause;  // of the episode that begins or continues
};

// Why a target is not ok.
struct Explanation {
  std::string detail;                 // in words
  std::vector<std::string> evidence;  // of the current episode
  std::string advice;                 // likewise
  bool operator==(const Explanation&) const = default;
};

// One target after its last probe.
struct TargetStatus {
  std::shared_ptr<const config::Target> config;  // never null; its configuration lives as long
  std::string_view owner;                        // of the credential, in that configuration; may be empty
  // Values that every probe sets, adjacent in memory.
  prober::State state = prober::State::pending;
  bool maintenance = false;                               // inside a maintenance window: no alerts
  int status = 0;                                         // of the last probe; 0: no HTTP answer
  WallTime since;                                         // when `state` began; no meaning while it is pending
  std::optional<WallTime> last_probe;                     // none before the first
  std::optional<WallTime> last_good;                      // the last `ok`
  double duration_seconds = 0;                            // of the last probe
  std::array<double, http::kPhaseCount> phase_seconds{};  // of the last probe, indexed by http::Phase
  ProbeStrip recent;
  bool stale = false;  // of a Snapshot: the last probe is older than the interval explains
  std::optional<std::chrono::sys_seconds> certificate_expiry;       // of the server's chain, in the last probe
  std::shared_ptr<const http::CertificateChain> certificate_chain;  // likewise; null: none was seen
  prober::RateLimit rate_limit;                                     // the last known
  double backoff_seconds = 0;                                       // how much longer the next probe waits
  // Of the current episode; no cause without one.
  std::optional<diagnosis::Cause> cause;
  diagnosis::Confidence confidence = diagnosis::Confidence::guess;
  std::shared_ptr<const Explanation> explanation;     // null: there is nothing to say
  std::shared_ptr<const prober::ShownAnswer> answer;  // of the last probe; null: it was ok, or no answer came
  std::vector<StatusChange> transitions;              // the recent ones, oldest first

  const std::string& name() const { return config->name; }
  const wire::Url& url() const { return config->url; }
  const std::string& credential() const { return config->credential; }  // its name; empty: none
  const std::vector<std::pair<std::string, std::string>>& labels() const { return config->labels; }

  const Explanation& explained() const {
    static const Explanation kNothing;
    return explanation ? *explanation : kNothing;
  }
  // False: that is what was said already.
  bool explain(Explanation as) {
    if (as == explained()) return false;
    explanation = as == Explanation{} ? nullptr : std::make_shared<const Explanation>(std::move(as));
    return true;
  }
};

// The target is not as it should be, whether or not in a maintenance window.
inline bool is_failing(const TargetStatus& target) {
  return target.state != prober::State::ok && target.state != prober::State::pending;
}

// Somebody should look at it now.
inline bool needs_attention(const TargetStatus& target) {
  return is_failing(target) && !target.maintenance;
}

// The claim is the one that counts for its kind.
inline bool counts(const credential::ExpiryClaim& claim, const prober::CredentialStatus& status) {
  if (!claim.at) return status.expiry_state == credential::ExpiryState::never;
  return std::ranges::any_of(status.expiries, [&](const credential::Expiry& end) {
    return end.kind == claim.kind && end.source == claim.source && end.at == claim.at;
  });
}

// One credential: its configuration and its status.
struct CredentialRow {
  std::string name;
  std::string kind;
  std::string owner;
  std::vector<std::string> used_by;
  std::string rotation;  // a link
  std::vector<std::string> required_scopes;
  prober::CredentialStatus status;
  std::vector<std::string> not_ok;  // some names of its targets that need attention
};

// One inventory: its configuration and its status.
struct InventoryRow {
  config::Inventory config;
  inventory::Status status;
  std::unordered_map<std::string, std::string> credentials;  // the names of ours, by the ids of the entries they are
};

}  // namespace authprobe::web
