// What is known beside a refusal and its controls: the target's siblings, its recent past, the next credential.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "exporter/diagnosis/refusal_pattern.h"
#include "exporter/diagnosis/token_report.h"
#include "exporter/wire/time.h"

namespace authprobe::diagnosis {

// A control's answer, in the terms that matter here.
struct ControlResult {
  int status = 0;                             // 0: no HTTP answer
  bool same_as_refusal = false;               // the same status, and the same body as far as it was kept
  std::optional<WallTime> at = std::nullopt;  // when it was asked; none: just now
};

// What is known beside the episode: how the targets fare that share a credential or a host with this one, which is
// counted in, and how it fared itself of late.
struct FleetContext {
  std::size_t credential_targets = 0;        // targets with the same credential, probed at least once
  std::size_t credential_refused = 0;        // of these, how many are refused now
  std::size_t credential_fine = 0;           // of these, how many were let in after the first of those refusals
  std::size_t host_credentials = 0;          // credentials in use at the same host
  std::size_t host_credentials_refused = 0;  // of these, how many are refused with every target that they have there
  bool host_let_in = false;                  // one of them was let in there at some time
  int recent_probes = 0;                     // the target's own last ones
  int recent_refusal_runs = 0;               // how often refusals began among them
  int recent_refusals = 0;                   // of these
  std::optional<RefusalPattern> pattern;     // what its recent refusals have in common
  bool let_in_between = false;               // the secret that is refused now was accepted between two refusals
  bool budget_used_up = false;               // the answer says that no request is left, others said that some were
  std::optional<ControlResult> next;         // the same URL with the credential that will replace this one
  std::string next_name;                     // of that credential
  WallTime next_at;                          // when it was asked
  std::shared_ptr<const TokenReport> token;  // what is known of the JWT that was sent; null: it is none
};

}  // namespace authprobe::diagnosis
