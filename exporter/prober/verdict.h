// What one answer means against what was expected of its target. Pure.
#pragma once

#include <optional>
#include <string>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/http/response.h"
#include "exporter/prober/checks.h"
#include "exporter/prober/target_state.h"

namespace authprobe::prober {

// What was known when the request was sent.
struct ProbeContext {
  diagnosis::SentCredential sent = diagnosis::SentCredential::none;
  diagnosis::CredentialFacts credential;
  std::optional<WallTime> last_good;
  bool open_to_all = false;                   // those without the credential are let in too, as far as was seen last
  const diagnosis::Ruleset* rules = nullptr;  // set by every caller; outlives the context
};

// The answer as the diagnosis takes it; its views are into `response`.
diagnosis::Input input_of(const http::Response& response, const ProbeContext& context, WallTime now);

struct Verdict {
  Outcome outcome;
  std::optional<diagnosis::Diagnosis> refusal;  // present where the answer refuses
  std::string detail;                           // why it is not as expected; empty where it is
  // False: whoever answered got nothing of the credential, a proxy or another origin that a redirect led to.
  bool judges_credential = true;
};

Verdict judge(const Checks& checks, const http::Response& response, const ProbeContext& context, WallTime now);

// Nothing was sent: `problem` says why the credential could not be had.
Verdict credential_unavailable(std::string problem);

}  // namespace authprobe::prober
