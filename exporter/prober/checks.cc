#include "exporter/prober/checks.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "exporter/wire/json.h"
#include "exporter/wire/text.h"

namespace authprobe::prober {
namespace {

// What patterns are searched in, of each text: their time on the loop is bounded.
std::string_view searched(std::string_view text) {
  return text.substr(0, http::kBodyKept);
}

// What a value is not, in the words of the configuration; empty: it is as expected.
std::string value_failure(const config::JsonCheck& check, const nlohmann::json& value) {
  if (!check.equals.empty() && value != nlohmann::json::parse(check.equals, nullptr, false))
    return "is not " + check.equals;
  if (!check.matches.empty()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    if (!check.matches.is_in(searched(text))) return "does not match " + check.matches.text();
  }
  if (!check.at_least && !check.at_most && !check.more_than && !check.less_than) return {};
  if (!value.is_number()) return "is not a number";
  const auto number = value.get<double>();
  const auto text_of = [](double bound) {
    char text[32];
    std::snprintf(text, sizeof text, "%.15g", bound);
    return std::string(text);
  };
  if (check.at_least && number < *check.at_least) return "is less than " + text_of(*check.at_least);
  if (check.at_most && number > *check.at_most) return "is more than " + text_of(*check.at_most);
  if (check.more_than && number <= *check.more_than) return "is not more than " + text_of(*check.more_than);
  if (check.less_than && number >= *check.less_than) return "is not less than " + text_of(*check.less_than);
  return {};
}

std::string json_failure(const std::vector<config::JsonCheck>& checks, const http::Response& response) {
  if (checks.empty()) return {};
  if (response.body_is_cut) {
    return "the body is too long to be read as JSON (over " + std::to_string(response.body.size()) + " bytes)";
  }
  const auto document = nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return "the body is not JSON";
  for (const config::JsonCheck& check : checks) {
    const std::string place = "json " + check.pointer + ' ';
    const nlohmann::json* value = wire::find_at(document, check.pointer);
    const bool present = value != nullptr;
    if (present == check.absent) return place + (present ? "is present" : "is absent");
    if (!present) continue;
    const std::string failure = value_failure(check, *value);
    if (!failure.empty()) return place + failure;
  }
  return {};
}

std::string time_failure(std::chrono::milliseconds within, const http::Response& response) {
  const double seconds = std::accumulate(response.phase_seconds.begin(), response.phase_seconds.end(), 0.0);
  const auto taken = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
  if (within.count() == 0 || taken <= within) return {};
  return "the answer took " + std::to_string(taken.count()) + " ms, more than the expected " +
         std::to_string(within.count()) + " ms";
}

}  // namespace

Checks::Checks(std::shared_ptr<const config::Expectation> expectation) : expectation_(std::move(expectation)) {
  const auto& ranges = expectation_->status;
  const bool refuses = std::ranges::all_of(
      ranges, [](const config::StatusRange& range) { return range.first >= 400 && range.last < 500; });
  expects_refusal_ = refuses && (expects(401) || expects(403) || expects(407));
}

bool Checks::expects(int status) const {
  return std::any_of(expectation_->status.begin(), expectation_->status.end(),
                     [status](const config::StatusRange& range) { return range.contains(status); });
}

std::string Checks::failure(const http::Response& response) const {
  for (const config::HeaderCheck& check : expectation_->headers) {
    bool present = false;
    bool matched = false;
    for (const auto& [name, value] : response.headers) {
      if (!wire::equal_ignoring_case(name, check.name)) continue;
      present = true;
      matched = matched || check.matches.is_in(searched(value));
    }
    if (check.absent && present) return "header " + check.name + " is present";
    if (!check.absent && !present) return "header " + check.name + " is absent";
    if (!check.absent && !matched) return "header " + check.name + " does not match " + check.matches.text();
  }
  const std::string_view body = searched(response.body);
  for (const config::Pattern& pattern : expectation_->body_matches) {
    if (!pattern.is_in(body)) return "the body does not match " + pattern.text();
  }
  for (const config::Pattern& pattern : expectation_->body_not_matches) {
    if (pattern.is_in(body)) return "the body matches " + pattern.text();
  }
  const std::string in_json = json_failure(expectation_->json, response);
  return in_json.empty() ? time_failure(expectation_->answer_within, response) : in_json;
}

}  // namespace authprobe::prober
