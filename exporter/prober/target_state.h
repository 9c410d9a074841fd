// What a target's probes mean against what was expected of them: state, status class, transition, episode. Pure: the
// caller gives the time, and nothing here knows a socket, a log or another target.
#pragma once

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/wire/time.h"

namespace authprobe::prober {

// One at a time per target. These words are label values of authprobe_target_state.
enum class State : std::uint8_t {
  pending,                 // not probed yet
  ok,                      // as expected
  unauthorized,            // unexpected 401, or the same said otherwise, in TLS too
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

struct Transition {
  StatusClass from;
  StatusClass to;
  bool operator==(const Transition&) const = default;
};

// What one probe came to, as far as its meaning goes.
struct Outcome {
  bool sent = true;               // false: the credential could not be had, and nothing was sent
  int status = 0;                 // 0: no HTTP answer
  bool complete = true;           // the whole answer came; false with a status: it broke off
  bool expected_status = false;   // the status is one of those expected, or the refusal in TLS is
  bool refusal_expected = false;  // every expected status is a 4xx: the server is meant to refuse
  bool checks_passed = true;      // body, header and JSON checks
  diagnosis::Refusal refusal = diagnosis::Refusal::none;  // what the answer is, whatever its code
  bool refusal_is_sure = false;                           // the diagnosis is more than a guess
  bool open_to_all = false;  // meant to be protected, and those without the credential are let in too
};

// The state that one outcome means, without regard to what came before.
State state_of(const Outcome& outcome);

// From a target's first refusal to the first probe that is `ok` again.
struct Episode {
  WallTime since;
  diagnosis::Cause cause = diagnosis::Cause::unknown;
  diagnosis::Confidence confidence = diagnosis::Confidence::guess;
};

// Which of the last probes were refused.
class RecentProbes {
 public:
  RecentProbes() = default;
  RecentProbes(std::uint16_t bits, int probes)
      : bits_(bits), count_(static_cast<std::uint8_t>(std::clamp(probes, 0, kKept))) {}

  void add(bool refused) {
    bits_ = static_cast<std::uint16_t>((bits_ << 1) | (refused ? 1 : 0));
    if (count_ < kKept) ++count_;
  }
  bool last_was_refused() const { return (bits_ & 1) != 0; }
  int probes() const { return count_; }
  std::uint16_t bits() const { return bits_; }  // the last probe is the lowest; 1: it was refused
  int refusals() const { return std::popcount(bits_); }
  // How often refusals began: twice or more means that they come and go.
  int refusal_runs() const { return std::popcount(static_cast<std::uint16_t>(bits_ & ~(bits_ << 1))); }

 private:
  static constexpr int kKept = 16;
  std::uint16_t bits_ = 0;
  std::uint8_t count_ = 0;
};

// What is remembered of a target from probe to probe.
struct TargetState {
  State state = State::pending;
  WallTime since;                           // when `state` began
  std::optional<StatusClass> status_class;  // of the last probe that was sent; none before the first
  std::optional<WallTime> last_good;        // the last `ok`
  std::optional<Episode> episode;

  struct Change {
    State previous = State::pending;
    std::optional<Transition> transition;  // the status class changed; never on the first probe ever
    bool episode_ended = false;
  };

  // Takes in one outcome. `refusal` is the diagnosis of an answer that refuses; null where it does not.
  Change apply(const Outcome& outcome, const diagnosis::Diagnosis* refusal, WallTime now);
};

}  // namespace authprobe::prober
