// The words of the contract: label values of metrics, fields of `explain`.
#include <array>

#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::array<std::string_view, kCauseCount> kCauses = {
    "missing_credentials", "malformed_credentials", "invalid_credentials",
    "expired_token",       "revoked_token",         "clock_skew",
    "auth_service_down",   "insufficient_scope",    "insufficient_permissions",
    "ip_blocked",          "geo_blocked",           "waf_blocked",
    "rate_limited",        "resource_disabled",     "unknown",
};
constexpr std::array<std::string_view, kConfidenceCount> kConfidences = {"certain", "likely", "guess"};
constexpr std::array<std::string_view, kRefusalCount> kRefusals = {"none", "authentication", "authorization",
                                                                   "rate_limit"};

// Names of enumerators in their order -> the enumerator.
template <typename Enum, std::size_t N>
std::optional<Enum> from_word(const std::array<std::string_view, N>& words, std::string_view word) {
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == word) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Cause cause) {
  return kCauses.at(static_cast<std::size_t>(cause));
}
std::string_view to_string(Confidence confidence) {
  return kConfidences.at(static_cast<std::size_t>(confidence));
}
std::string_view to_string(Refusal refusal) {
  return kRefusals.at(static_cast<std::size_t>(refusal));
}

std::optional<Cause> cause_from(std::string_view word) {
  return from_word<Cause>(kCauses, word);
}
std::optional<Confidence> confidence_from(std::string_view word) {
  return from_word<Confidence>(kConfidences, word);
}

}  // namespace authprobe::diagnosis
