// What else was learned around a refusal: the answers to control requests, how the target's siblings fare, and how
// often it refused of late. They turn a guess into something that is known, or show that the credential is not to
// blame.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/diagnosis/fleet_context.h"
#include "exporter/diagnosis/token_report.h"

namespace authprobe::diagnosis {

// What the controls of an episode brought, each when it was sent last; those not sent are absent.
struct ControlResults {
  std::optional<ControlResult> anonymous;    // the same URL without the credential
  std::optional<ControlResult> control_url;  // the public one, without the credential
  std::optional<ControlResult> fresh_token;  // the same URL with a token fetched for this
  struct Address {
    std::string address;
    int status = 0;
    std::optional<WallTime> at = std::nullopt;  // when it was asked; none: just now
  };
  std::vector<Address> addresses;                    // the same request to each of the host's other addresses
  std::optional<ResourceReport> resource;            // what the API says of the issuers that it trusts
  std::optional<std::chrono::seconds> server_ahead;  // the server's clock at the refusal, seen from ours
};

// Refines a refusal's cause, confidence, evidence and advice with the controls and the fleet. `input` is the refused
// request's (its body is not looked at). What a protocol field or the credential's own times made `certain` stays.
void apply_controls(const ControlResults& results, const FleetContext& fleet, const Input& input, Diagnosis& diagnosis);

}  // namespace authprobe::diagnosis
