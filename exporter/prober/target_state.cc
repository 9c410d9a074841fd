#include "exporter/prober/target_state.h"

namespace authprobe::prober {

using diagnosis::Refusal;

std::string_view to_string(State state) {
  switch (state) {
    case State::pending: return "pending";
    case State::ok: return "ok";
    case State::unauthorized: return "unauthorized";
    case State::forbidden: return "forbidden";
    case State::rate_limited: return "rate_limited";
    case State::exposed: return "exposed";
    case State::unexpected: return "unexpected";
    case State::unreachable: return "unreachable";
    case State::credential_unavailable: return "credential_unavailable";
  }
  return "unexpected";
}

std::string_view to_string(StatusClass status_class) {
  switch (status_class) {
    case StatusClass::c2xx: return "2xx";
    case StatusClass::c3xx: return "3xx";
    case StatusClass::c401: return "401";
    case StatusClass::c403: return "403";
    case StatusClass::c429: return "429";
    case StatusClass::c4xx: return "4xx";
    case StatusClass::c5xx: return "5xx";
    case StatusClass::error: return "error";
  }
  return "error";
}

StatusClass status_class_of(int status) {
  switch (status) {
    case 401: return StatusClass::c401;
    case 403: return StatusClass::c403;
    case 429: return StatusClass::c429;
    default: break;
  }
  switch (status / 100) {
    case 2: return StatusClass::c2xx;
    case 3: return StatusClass::c3xx;
    case 4: return StatusClass::c4xx;
    case 5: return StatusClass::c5xx;
    default: return StatusClass::error;
  }
}

namespace {

// A success or a redirect whose content is a refusal ("200 token_expired", a login page).
State state_of_soft_refusal(Refusal refusal) {
  switch (refusal) {
    case Refusal::authentication: return State::unauthorized;
    case Refusal::authorization: return State::forbidden;
    case Refusal::rate_limit: return State::rate_limited;
    case Refusal::none: break;
  }
  return State::unexpected;
}

State state_of_unexpected_status(const Outcome& outcome) {
  if (outcome.status == 401) return State::unauthorized;
  if (outcome.status == 429) return State::rate_limited;
  if (outcome.status == 403) {
    return outcome.refusal == Refusal::rate_limit && outcome.refusal_is_sure ? State::rate_limited : State::forbidden;
  }
  const StatusClass status_class = status_class_of(outcome.status);
  const bool let_in = status_class == StatusClass::c2xx || status_class == StatusClass::c3xx;
  if (let_in && outcome.refusal != Refusal::none && outcome.refusal_is_sure) {
    return state_of_soft_refusal(outcome.refusal);
  }
  if (outcome.refusal_expected && status_class == StatusClass::c2xx) return State::exposed;
  return State::unexpected;
}

}  // namespace

State state_of(const Outcome& outcome) {
  if (!outcome.sent) return State::credential_unavailable;
  if (outcome.status == 0 && outcome.expected_status) return State::ok;  // the refusal in TLS that is expected
  if (outcome.status == 0) {                                             // a refusal: of our certificate, by TLS
    return outcome.refusal == Refusal::none ? State::unreachable : State::unauthorized;
  }
  if (!outcome.expected_status) return state_of_unexpected_status(outcome);
  if (!outcome.complete) return State::unexpected;
  // An expected refusal is `ok` whatever it says; an expected success may still be a refusal in disguise.
  if (status_class_of(outcome.status) == StatusClass::c2xx && outcome.refusal != Refusal::none &&
      outcome.refusal_is_sure) {
    return state_of_soft_refusal(outcome.refusal);
  }
  if (!outcome.checks_passed) return State::unexpected;
  return outcome.open_to_all ? State::exposed : State::ok;
}

TargetState::Change TargetState::apply(const Outcome& outcome, const diagnosis::Diagnosis* refusal, WallTime now) {
  Change change;
  change.previous = state;
  const State next = state_of(outcome);
  if (next != state) since = now;
  state = next;
  if (outcome.sent) {
    const StatusClass next_class = status_class_of(outcome.status);
    if (status_class && *status_class != next_class) change.transition = Transition{*status_class, next_class};
    status_class = next_class;
  }
  if (state == State::ok) {
    last_good = now;
    change.episode_ended = episode.has_value();
    episode.reset();
  } else if (refusal != nullptr) {
    if (!episode) episode = Episode{.since = now};
    episode->cause = refusal->cause;
    episode->confidence = refusal->confidence;
  }
  return change;
}

}  // namespace authprobe::prober
