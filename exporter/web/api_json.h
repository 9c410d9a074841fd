// The JSON of the API: values in, text out. Pure. URLs are shown without user info, query and fragment; bytes that are
// not UTF-8 are replaced.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/web/status.h"

namespace authprobe::web {

// A line of text. Bytes that are no UTF-8 are replaced: evidence may repeat what a server sent.
std::string dump(const nlohmann::ordered_json& json);

// Arrays in the given order; a target without the details of target_json().
std::string targets_json(const std::vector<const TargetStatus*>& targets);
std::string credentials_json(const std::vector<const CredentialRow*>& credentials);
std::string changes_json(const std::vector<const StateChange*>& changes);

std::string target_json(const TargetStatus& target);
std::string credential_json(const CredentialRow& credential);

// {"error": "..."}, for an API's 4xx and 5xx.
std::string error_json(std::string_view message);

inline constexpr std::string_view kJsonType = "application/json";

}  // namespace authprobe::web
