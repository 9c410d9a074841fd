// The answers of /api/v1: openapi.json describes them. Pure.
#pragma once

#include <string_view>

#include "exporter/web/http.h"
#include "exporter/web/status_store.h"

namespace authprobe::web {

inline constexpr std::string_view kTargetsPath = "/api/v1/targets";
inline constexpr std::string_view kCredentialsPath = "/api/v1/credentials";
inline constexpr std::string_view kChangesPath = "/api/v1/changes";

// {"error": "..."}
Response json_error(int status, std::string_view message);

Response targets_answer(const Request& request, const Snapshot& snapshot);
Response credentials_answer(const Request& request, const Snapshot& snapshot);
Response changes_answer(const Request& request, const Snapshot& snapshot);

// The name is the path's part after the collection's.
Response target_answer(const Request& request, const Snapshot& snapshot);
Response credential_answer(const Request& request, const Snapshot& snapshot);

// The rest of the path behind "FOLDER/".
std::string_view name_in(const Request& request, std::string_view folder);

// Null without one of this name; the rows are in name order.
const TargetStatus* find_target(const Snapshot& snapshot, std::string_view name);
const CredentialRow* find_credential(const Snapshot& snapshot, std::string_view name);

}  // namespace authprobe::web
