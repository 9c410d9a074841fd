// What other exporters say of the same target: `diagnose --via`. Their API is read, and nothing else.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "exporter/commands/credential_report.h"
#include "exporter/config/config.h"
#include "exporter/prober/target_state.h"

namespace authprobe::commands {

// Another exporter's word.
struct View {
  std::string exporter;  // its URL, without user info and query
  std::string problem;   // why there is no word; empty: there is one
  std::string state;     // as the other exporter calls it
  int status = 0;        // 0: no HTTP answer
  std::string since;
  std::string cause;  // empty: none
  std::string confidence;
  std::string last_probe;
};

inline constexpr std::size_t kMostExporters = 32;

// Asks all of them at once: GET /api/v1/targets/TARGET below each URL. It takes 5 seconds at most, and 1 MiB of each.
std::vector<View> views_from(const std::vector<wire::Url>& exporters, const std::string& target,
                             const config::Tls& tls);

ReportLines view_lines(const std::vector<View>& views);

// What the difference between here and there means; empty: there is none, or nobody answered.
std::string comparison_of(prober::State here, const std::vector<View>& views);

nlohmann::json views_json(const std::vector<View>& views);

}  // namespace authprobe::commands
