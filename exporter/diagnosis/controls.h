// What else was learned around a refusal: the answers to control requests, how the target's siblings fare, and how
// often it refused of late. They turn a guess into something that is known, or show that the credential is not to
// blame.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/diagnosis/refusal_pattern.h"
#include "exporter/diagnosis/token_report.h"

namespace authprobe::diagnosis {

// A control's answer, in the terms that matter here.
struct ControlResult {
  int status = 0;                // 0: no HTTP answer
  bool same_as_refusal = false;  // the same status, and the same body as far as it was kept
};

// What the controls of an episode brought. Each is sent once an episode at most; those not sent are absent.
struct ControlResults {
  std::optional<ControlResult> anonymous;    // the same URL without the credential
  std::optional<ControlResult> control_url;  // the public one, without the credential
  std::optional<ControlResult> fresh_token;  // the same URL with a token fetched for this
  struct Address {
    std::string address;
    int status = 0;
  };
  std::vector<Address> addresses;                    // the same request to each of the host's other addresses
  std::optional<ResourceReport> resource;            // what the API says of the issuers that it trusts
  std::optional<std::chrono::seconds> server_ahead;  // the server's clock at the refusal, seen from ours
};

// What is known beside the episode: how the targets fare that share a credential or a host with this one, which is
// counted in, and how it fared itself of late.
struct FleetContext {
  std::size_t credential_targets = 0;        // targets with the same credential, probed at least once
  std::size_t credential_refused = 0;        // of these, how many are refused now
  std::size_t host_credentials = 0;          // credentials in use at the same host
  std::size_t host_credentials_refused = 0;  // of these, how many are refused with every target that they have there
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

// Refines a refusal's cause, confidence, evidence and advice with the controls and the fleet. `input` is the refused
// request's (its body is not looked at). What a protocol field or the credential's own times made `certain` stays.
void apply_controls(const ControlResults& results, const FleetContext& fleet, const Input& input, Diagnosis& diagnosis);

}  // namespace authprobe::diagnosis
