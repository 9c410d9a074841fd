// What one finished probe adds to what is known of its target: the value that metrics, log and pages are fed with.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/http/response.h"
#include "exporter/prober/rate_limit.h"
#include "exporter/prober/target_state.h"

namespace authprobe::prober {

struct AnswerFacts;

// What people may see of an answer that is not as it should be: without secrets, and bounded.
struct ShownAnswer {
  wire::Headers headers;  // those that tell something, in order of arrival
  std::string excerpt;    // the beginning of the body in one line; empty unless the configuration allows it
};

struct ProbeRecord {
  std::size_t target = 0;             // index into Config::targets
  std::uint64_t on_demand = 0;        // as given to Prober::probe_now(): changed no state, counts nowhere; 0: scheduled
  double schedule_delay_seconds = 0;  // how long after its slot it started
  WallTime finished;
  State state = State::pending;       // after this probe
  WallTime since;                     // when that state began
  std::optional<WallTime> last_good;  // the last `ok`, this probe included
  State previous_state = State::pending;
  int status = 0;  // 0: no HTTP answer
  http::TransportError error = http::TransportError::none;
  std::string detail;                           // why the state is not ok, in words; empty where it is
  std::optional<Transition> transition;         // the status class changed; never on the first probe ever
  std::optional<diagnosis::Diagnosis> refusal;  // this probe was refused
  // The cause that the running episode stands under: from the first refusal to the first `ok`.
  std::optional<diagnosis::Cause> episode_cause;
  diagnosis::Confidence episode_confidence = diagnosis::Confidence::guess;
  std::array<double, http::kPhaseCount> phase_seconds{};  // indexed by http::Phase
  double duration_seconds = 0;
  std::shared_ptr<const ShownAnswer> shown_answer;  // null: the state is ok, or no answer came
  std::optional<std::chrono::sys_seconds> certificate_expiry;
  std::shared_ptr<const http::CertificateChain> certificate_chain;  // null: no TLS, or no handshake
  RateLimit rate_limit;
  double backoff_seconds = 0;                 // how much longer than its interval the next probe waits
  bool maintenance = false;                   // the probe ran inside a maintenance window
  std::shared_ptr<const AnswerFacts> answer;  // of a probe on demand; null: scheduled, or nothing was sent
};

// A running episode's diagnosis, moved on by a control's answer between two probes. It is no probe and counts nowhere.
struct DiagnosisUpdate {
  std::size_t target = 0;  // index into Config::targets
  diagnosis::Diagnosis diagnosis;
};

}  // namespace authprobe::prober
