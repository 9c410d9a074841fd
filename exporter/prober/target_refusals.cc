// What a target keeps of its refusals, and what that makes of their diagnosis.
#include <algorithm>
#include <cstdint>
#include <utility>

#include "exporter/credential/jwt.h"
#include "exporter/prober/rate_limit.h"
#include "exporter/prober/target.h"

namespace authprobe::prober {

// An unexplained failure of a server becomes a refusal, by nobody who has judged the credential, where the page of what
// checks credentials says that this fails too. Which cause that is follows with refined_diagnosis().
void ProbedTarget::blame_auth_service(Verdict& verdict, const http::Response& response,
                                      const FleetContext& fleet) const {
  const bool fails = fleet.token && fleet.token->health && fleet.token->health->fails();
  if (!fails) return;
  verdict.refusal = diagnosis::Diagnosis{.refusal = diagnosis::Refusal::authentication,
                                         .evidence = {"HTTP " + std::to_string(response.status)},
                                         .advice = {}};
  verdict.judges_credential = false;
}

// Refines the verdict with the rest of the fleet and with the controls that were sent before.
void ProbedTarget::take_refusal(Verdict& verdict, const http::Response& response, const FleetContext& fleet,
                                WallTime now) {
  using Ended = ProbeHistory::Ended;
  if (!refusals_) refusals_ = std::make_unique<Refusals>(begin_refusals(response, now));
  ControlProbes& controls = refusals_->controls;
  ProbeHistory& history = refusals_->history;
  if (!memory_.state.episode) controls.begin_episode(response, now);
  const auto add = [&](const http::Response& answer, const diagnosis::Diagnosis& refusal, ProbeHistory::Secret sent) {
    controls.refused(answer, input_of(answer, this->context(), now), refusal, sent.token);
    history.add(answer, read_rate_limit(answer.headers, now), sent, Ended::refused, now);
  };
  if (repeats_) add(held_->response, *held_->verdict.refusal, held_->sent);
  add(response, *verdict.refusal, sent_);
  verdict.refusal = refined_diagnosis(fleet);
}

ProbedTarget::Refusals ProbedTarget::begin_refusals(const http::Response& response, WallTime now) const {
  ControlProbes::Capabilities capabilities;
  ProbeHistory::Before before;
  if (const credential::Credential* credential = shared_.credential.get()) {
    capabilities.anonymous = credential->can_be_left_out();
    capabilities.jwt =
        credential->sends_bearer_token() && credential::form_of(credential->bare_value()) == credential::TokenForm::jwt;
    capabilities.password_like = credential->password_like();
    before.secret_since = credential->loaded_at();
  }
  capabilities.other_addresses = response.other_addresses;
  before.interval = config_->interval;
  const TargetState& state = memory_.state;
  if (state.state == State::ok && state.last_good) {
    const auto accepted = (*state.last_good - state.since) / config_->interval + 1;
    before.accepted = static_cast<int>(std::min<std::int64_t>(accepted, memory_.recent.probes() - 1));
  }
  const ProbeHistory::Secret first = repeats_ ? held_->sent : sent_;
  return {ControlProbes(*config_, capabilities, response), ProbeHistory(before, first, now)};
}

// Of a target that was refused of late.
void ProbedTarget::remember_success(const Verdict& verdict, const http::Response& response, WallTime now) {
  using Ended = ProbeHistory::Ended;
  const State state = state_of(verdict.outcome);
  const Ended ended = state == State::ok || state == State::exposed ? Ended::accepted : Ended::other;
  if (verdict.outcome.sent) {
    refusals_->history.add(response, read_rate_limit(response.headers, now), sent_, ended, now);
  }
  if (!memory_.state.episode && refusals_->history.is_over()) refusals_.reset();
}

diagnosis::Diagnosis ProbedTarget::refined_diagnosis(const FleetContext& fleet) const {
  FleetContext context = fleet;
  // An answer from before the refusals began says nothing of them.
  const bool stale = context.next && (!memory_.state.episode || context.next_at < memory_.state.episode->since);
  if (stale) context.next.reset();
  refusals_->history.describe(context);
  context.recent_probes = memory_.recent.probes();
  context.recent_refusals = memory_.recent.refusals();
  context.recent_refusal_runs = memory_.recent.refusal_runs();
  return refusals_->controls.refined_diagnosis(context);
}

}  // namespace authprobe::prober
