// What the `diagnose` command finds: one probe of one target with everything around it, at once and outside any
// schedule.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/credential/jwt.h"
#include "exporter/diagnosis/diagnosis.h"
#include "exporter/http/response.h"
#include "exporter/prober/control_probes.h"
#include "exporter/prober/credential_inquiry.h"
#include "exporter/prober/credential_status.h"
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

  // What the credential that is to follow gets.
  struct Next {
    State state = State::pending;
    std::string detail;       // why that is not ok, in words
    http::Response response;  // empty where nothing could be sent
  };
  std::optional<Next> next;  // none: not asked

  std::string user_agent;                    // that was sent
  std::vector<CredentialInquiry> inquiries;  // what the credential's own servers answered
  std::optional<CredentialStatus> known;     // all that is known of the credential; none: the target has none
};

struct Examination {
  bool controls = true;
  // The credential that is to follow is tried whether the present one is refused or not, also where it is a password.
  bool compare_next = false;
  std::function<void(std::string_view)> tell = [](std::string_view) {};  // what is about to be waited for
};

// Probes config.targets[0] at each address that its host has, and where it is refused sends its controls one after
// another; where it is let in and meant to be protected, it asks without the credential too. Blocks as long as that
// takes: the target's timeout for the probe and for each control, and for fetching a token before. `rules`: those of
// diagnoses, never null.
DiagnoseReport run_diagnose(const config::Config& config, const Examination& examination,
                            const std::shared_ptr<const diagnosis::Ruleset>& rules);

}  // namespace authprobe::prober
