#include "exporter/prober/checks.h"

#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "exporter/wire/text.h"

namespace authprobe::prober {
namespace {

using Patterns = std::vector<std::unique_ptr<const RE2>>;

Patterns compile(const std::vector<std::string>& sources) {
  Patterns patterns;
  patterns.reserve(sources.size());
  RE2::Options options(RE2::Quiet);
  for (const auto& source : sources) patterns.push_back(std::make_unique<const RE2>(source, options));
  return patterns;
}

bool finds(const RE2& pattern, std::string_view text) {
  return RE2::PartialMatch(text, pattern);
}

std::string json_failure(const std::vector<config::JsonCheck>& checks, const http::Response& response) {
  if (checks.empty()) return {};
  if (response.body_is_cut) {
    return "the body is too long to be read as JSON (over " + std::to_string(response.body.size()) + " bytes)";
  }
  const auto document = nlohmann::json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (document.is_discarded()) return "the body is not JSON";
  for (const auto& check : checks) {
    const nlohmann::json::json_pointer pointer(check.pointer);
    if (!document.contains(pointer)) return "json " + check.pointer + " is absent";
    if (check.equals.empty()) continue;
    if (document.at(pointer) != nlohmann::json::parse(check.equals, nullptr, false)) {
      return "json " + check.pointer + " is not " + check.equals;
    }
  }
  return {};
}

}  // namespace

struct Checks::Compiled {
  Patterns matches;
  Patterns not_matches;
  Patterns headers;  // parallel to Expectation::headers; an empty pattern matches everything
};

Checks::Checks(std::shared_ptr<const config::Expectation> expectation) : expectation_(std::move(expectation)) {
  const auto& ranges = expectation_->status;
  expects_refusal_ = std::all_of(ranges.begin(), ranges.end(), [](const config::StatusRange& range) {
    return range.first >= 400 && range.last < 500;
  });
  Compiled compiled;
  compiled.matches = compile(expectation_->body_matches);
  compiled.not_matches = compile(expectation_->body_not_matches);
  std::vector<std::string> header_patterns;
  for (const auto& check : expectation_->headers) header_patterns.push_back(check.matches);
  compiled.headers = compile(header_patterns);
  compiled_ = std::make_unique<const Compiled>(std::move(compiled));
}

Checks::~Checks() = default;

bool Checks::expects(int status) const {
  return std::any_of(expectation_->status.begin(), expectation_->status.end(),
                     [status](const config::StatusRange& range) { return range.contains(status); });
}

std::string Checks::failure(const http::Response& response) const {
  for (std::size_t i = 0; i < expectation_->headers.size(); ++i) {
    const config::HeaderCheck& check = expectation_->headers[i];
    bool present = false;
    bool matched = false;
    for (const auto& [name, value] : response.headers) {
      if (!wire::equal_ignoring_case(name, check.name)) continue;
      present = true;
      matched = matched || finds(*compiled_->headers[i], value);
    }
    if (check.absent && present) return "header " + check.name + " is present";
    if (!check.absent && !present) return "header " + check.name + " is absent";
    if (!check.absent && !matched) return "header " + check.name + " does not match " + check.matches;
  }
  const std::string_view searched = std::string_view(response.body).substr(0, http::kBodyKept);
  for (const auto& pattern : compiled_->matches) {
    if (!finds(*pattern, searched)) return "the body does not match " + pattern->pattern();
  }
  for (const auto& pattern : compiled_->not_matches) {
    if (finds(*pattern, searched)) return "the body matches " + pattern->pattern();
  }
  return json_failure(expectation_->json, response);
}

}  // namespace authprobe::prober
