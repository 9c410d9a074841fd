// What a report of `diagnose` says of the credential beyond what was sent: its ends, its scopes, and what its own
// servers answered.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/prober/run_diagnose.h"

namespace authprobe::commands {

// Label and text; a label that repeats is shown once.
using ReportLines = std::vector<std::pair<std::string_view, std::string>>;

ReportLines inquiry_lines(const prober::DiagnoseReport& examination);
ReportLines expiry_lines(const prober::DiagnoseReport& examination);
ReportLines scope_lines(const prober::DiagnoseReport& examination);

// Adds to `credential` the members `ends`, `expiry_state`, `active`, `listed`, `scopes`, `missing_scopes`,
// `excess_scopes` and `requests`.
void add_credential_knowledge(const prober::DiagnoseReport& examination, nlohmann::json& credential);

}  // namespace authprobe::commands
