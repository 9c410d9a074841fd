// What a target's probes mean against what was expected of them: state, status class, transition, episode. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::prober {

using WallTime = std::chrono::system_clock::time_point;

// One at a time per target. These words are label values of authprobe_target_state.
enum class State : std::uint8_t {
  pending,                 // not probed yet
  ok,                      // as expected
  unauthorized,            // unexpected 401, or the same said otherwise
  forbidden,               // unexpected 403
  rate_limited,            // 429, or 403 diagnosed so
  exposed,                 // a refusal was expected and the server let us in
  unexpected,              // any other status, an answer that broke off, or a failed check
  unreachable,             // no HTTP answer
  credential_unavailable,  // nothing was sent: the credential could not be had
};
inline constexpr std::size_t kStateCount = 9;
std::string_view to_string(State state);

// These words are the `from` and `to` labels of authprobe_status_transitions_total.
enum class StatusClass : std::uint8_t { c2xx, c3xx, c401, c403, c429, c4xx, c5xx, error };
inline constexpr std::size_t kStatusClassCount = 8;
std::string_view to_string(StatusClass status_class);

// The class of a status code; 0, 1xx and codes outside 100..599 are `error`.
StatusClass status_class_of(int status);

}  // namespace authprobe::prober
