// What the `diagnose` command finds: one probe of one target with everything around it, at once and outside any
// schedule.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/credential/jwt.h"
#include "exporter/diagnosis/diagnosis.h"
#include "exporter/http/response.h"
#include "exporter/prober/control_probes.h"
#include "exporter/prober/target_state.h"
#include "exporter/wire/headers.h"

namespace authprobe::prober {

struct DiagnoseReport {
  struct Asked {
    Control control;
    http::Response answer;
  };

  WallTime started;
  // What was sent of the credential, masked: "Authorization", "Bearer ******** (36 characters)".
  wire::Headers sent;
  diagnosis::SentCredential sent_kind = diagnosis::SentCredential::none;
  diagnosis::CredentialFacts facts;             // empty where the target has no credential
  std::optional<credential::JwtClaims> claims;  // where a JWT was sent as a bearer token
  http::Response response;                      // empty where nothing was sent
  State state = State::pending;
  std::string detail;                           // why the state is not ok, in words
  std::optional<diagnosis::Diagnosis> refusal;  // in the light of the controls
  std::vector<Asked> controls;
  std::string nodes;         // which of the host's addresses refuse, where not all do; empty: all do, or none
  std::string nodes_advice;  // what to do then
  std::shared_ptr<const diagnosis::TokenReport> token;  // what its issuer says; null: not asked, or it is no JWT
  std::optional<http::Response> next;                   // what the credential that is to follow gets; none: not asked
};

// Probes config.targets[0] at each address that its host has, and where it is refused sends its controls one after
// another; where it is let in and meant to be protected, it asks without the credential too. Blocks as long as that
// takes: the target's timeout for the probe and for each control, and for fetching a token before. `rules`: those of
// diagnoses, never null.
DiagnoseReport run_diagnose(const config::Config& config, bool with_controls,
                            const std::shared_ptr<const diagnosis::Ruleset>& rules);

}  // namespace authprobe::prober
