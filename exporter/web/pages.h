// The pages and the JSON of the targets: values in, HTML or JSON out. Pure: without clock, socket or lock. Every string
// is escaped here, and URLs are shown without user info, query and fragment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/web/status.h"
#include "exporter/wire/time.h"

namespace authprobe::web {

struct Overview {
  std::string version;
  std::string revision;  // may be empty
  WallTime started;
  WallTime now;
  std::string metrics_path = "/metrics";
  std::vector<TargetStatus> targets;       // in any order
  std::vector<CredentialRow> credentials;  // the same
};

// The page at `/`: its size is bounded, however many targets there are.
std::string landing_page(const Overview& overview);

// `/api/v1/targets`: an array of all targets, in the given order, without the details of a single target's page.
std::string targets_json(const std::vector<TargetStatus>& targets);

// `/api/v1/targets/NAME`.
std::string target_json(const TargetStatus& target);

// `/api/v1/credentials`: an array of all credentials, in the order given.
std::string credentials_json(const std::vector<CredentialRow>& credentials);

// {"error": "..."}, for an API's 4xx and 5xx.
std::string error_json(std::string_view message);

inline constexpr std::string_view kHtmlType = "text/html; charset=utf-8";
inline constexpr std::string_view kJsonType = "application/json";

}  // namespace authprobe::web
