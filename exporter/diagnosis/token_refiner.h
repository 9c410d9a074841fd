// What a JWT, its issuer and the API's own description make of a refusal.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/diagnosis/refiner.h"
#include "exporter/diagnosis/token_report.h"

namespace authprobe::diagnosis {

// `resource`: null where the API does not describe itself. `server_ahead`: the server's clock, seen from ours. Returns
// what to do beside the cause's own advice; empty: nothing.
std::string apply_token_report(const TokenReport& token, const ResourceReport* resource,
                               std::optional<std::chrono::seconds> server_ahead, Refiner& refiner);

// Identifiers of issuers and resources compare as texts; one slash at the end is often written or left out.
bool is_same_identifier(std::string_view a, std::string_view b);

}  // namespace authprobe::diagnosis
