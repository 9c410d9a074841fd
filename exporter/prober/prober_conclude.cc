#include <string>
#include <string_view>
#include <utility>

#include "exporter/prober/credential_facts.h"
#include "exporter/prober/maintenance.h"
#include "exporter/prober/probe_request.h"
#include "exporter/prober/prober_impl.h"

namespace authprobe::prober {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

Circumstances Prober::Impl::circumstances(const Runtime& runtime) const {
  Circumstances result;
  if (runtime.credential) {
    result.sent = sent_as(runtime.credential->config());
    result.credential = facts_of(*runtime.credential);
  }
  result.last_good = runtime.state.last_good;
  result.open_to_all = runtime.inquiry.open_to_all();
  result.signatures = signatures_;
  return result;
}

diagnosis::Surroundings Prober::Impl::surroundings(std::size_t index) const {
  diagnosis::Surroundings around = siblings_.around(index);
  around.recent_probes = runtimes_[index].recent.probes();
  around.recent_refusals = runtimes_[index].recent.refusals();
  around.recent_refusal_runs = runtimes_[index].recent.refusal_runs();
  return around;
}

// What the credential that is to come gets, where that is to be looked at.
std::optional<diagnosis::ControlAnswer> Prober::Impl::next_answer(const config::Target& target) const {
  return target.controls.next ? upkeep_.next_answer(target.credential) : std::nullopt;
}

// What an answer means beyond itself: it is seen beside its siblings and the controls that were asked before, and the
// next control is sent.
void Prober::Impl::inquire(std::size_t index, Verdict& verdict, const http::Response& response) {
  Runtime& runtime = runtimes_[index];
  const config::Target& target = config_->targets[index];
  const State state = state_of(verdict.outcome);
  runtime.recent.add(verdict.refusal.has_value());
  // Without one there are no siblings: that is known here before anything is looked up.
  if (runtime.credential) siblings_.note(index, verdict.refusal.has_value());
  if (verdict.refusal) {
    EpisodeControls::Means means;
    means.credential = runtime.credential != nullptr;
    means.password_like = runtime.credential && runtime.credential->password_like();
    means.other_addresses = response.other_addresses;
    runtime.inquiry.refused(target, means, response, input_of(response, circumstances(runtime), system_clock::now()),
                            *verdict.refusal, runtime.token);
    verdict.refusal = runtime.inquiry.weighed(surroundings(index), next_answer(target));
  } else if (state == State::ok) {
    runtime.inquiry.recovered();
  }
  if (!verdict.refusal && state != State::ok && state != State::exposed) return;
  if (!runtime.inquiry.wants(target, clock_.now())) return;
  auto request = runtime.inquiry.next(
      target, probe_request(target, runtime.url, runtime.credential.get(), target.connection->timeout),
      state == State::rate_limited, clock_.now());
  if (request) transfers_.start(flights_.begin({Flight::Kind::inquiry, index}), std::move(*request));
}

void Prober::Impl::take_inquiry(std::size_t index, const http::Response& answer) {
  Runtime& runtime = runtimes_[index];
  if (!runtime.inquiry.take(answer) || !runtime.state.episode) return;
  const config::Target& target = config_->targets[index];
  diagnosis::Diagnosis refined = runtime.inquiry.weighed(surroundings(index), next_answer(target));
  runtime.state.episode->cause = refined.cause;
  runtime.state.episode->confidence = refined.confidence;
  refinements_.push_back({index, std::move(refined)});
}

ProbeRecord Prober::Impl::record_of(std::size_t index, const Verdict& verdict, const http::Response& response,
                                    TargetState& state) {
  ProbeRecord record;
  record.target = index;
  record.finished = system_clock::now();
  const auto change = state.apply(verdict.outcome, verdict.refusal ? &*verdict.refusal : nullptr, record.finished);
  record.state = state.state;
  record.previous_state = change.previous;
  record.transition = change.transition;
  if (state.episode) {
    record.episode_cause = state.episode->cause;
    record.episode_confidence = state.episode->confidence;
  }
  record.status = response.status;
  record.error = response.error;
  record.detail = verdict.detail;
  record.refusal = verdict.refusal;
  record.phase_seconds = response.phase_seconds;
  record.duration_seconds = response.total_seconds;
  record.certificate_expiry = response.certificate_expiry;
  record.rate_limit = read_rate_limit(response.headers, record.finished);
  record.maintenance = in_maintenance(config_->targets[index].maintenance, record.finished);
  return record;
}

ProbeRecord Prober::Impl::conclude_scheduled(std::size_t index, const http::Response& response) {
  const Runtime& runtime = runtimes_[index];
  Verdict verdict = judge(*runtime.checks, response, circumstances(runtime), system_clock::now());
  inquire(index, verdict, response);
  return conclude(index, std::move(verdict), response);
}

ProbeRecord Prober::Impl::conclude(std::size_t index, Verdict verdict, const http::Response& response) {
  Runtime& runtime = runtimes_[index];
  runtime.in_flight = false;
  admission_->finished(index);
  if (!runtime.probed) {
    runtime.probed = true;
    --not_probed_;
  }
  ProbeRecord record = record_of(index, verdict, response, runtime.state);
  record.schedule_delay_seconds = runtime.start_delay_seconds;
  blast_radius_.move(index, record.previous_state, record.state);
  back_off(runtime, config_->targets[index], response, record);
  if (runtime.credential) tell_credential(runtime, record);
  return record;
}

// What the answer says of the credential that all its targets share.
void Prober::Impl::tell_credential(Runtime& runtime, const ProbeRecord& record) {
  using diagnosis::Cause;
  const bool ended = record.refusal &&
                     (record.refusal->cause == Cause::expired_token || record.refusal->cause == Cause::revoked_token);
  const bool wanted = config_->targets[record.target].controls.fresh_token;
  if (wanted && (record.state == State::unauthorized || ended) && record.previous_state != record.state) {
    runtime.credential->token_refused(runtime.token);
    upkeep_.look_again();
  }
  tell_guard(runtime, record);
}

void Prober::Impl::tell_guard(Runtime& runtime, const ProbeRecord& record) {
  if (!runtime.guard) return;
  const bool refused = record.state == State::unauthorized && record.status == 401;
  const bool says_nothing = record.status < 200 || record.status > 499 || record.status == 407 || record.status == 429;
  if (refused) runtime.guard->refused(clock_.now());
  if (!refused && record.status != 401 && !says_nothing) runtime.guard->accepted();
}

std::vector<CredentialStatus> Prober::Impl::credential_statuses() const {
  std::vector<CredentialStatus> statuses = upkeep_.statuses();
  for (std::size_t i = 0; i < statuses.size(); ++i) statuses[i].targets = blast_radius_.of(i);
  return statuses;
}

void Prober::Impl::back_off(Runtime& runtime, const config::Target& target, const http::Response& response,
                            ProbeRecord& record) {
  const auto retry_after = response.status == 429 || response.status == 503 || record.state == State::rate_limited
                               ? read_retry_after(response.headers, record.finished)
                               : std::nullopt;
  if (record.state != State::rate_limited && !retry_after) {
    runtime.rate_limited_in_a_row = 0;
    return;
  }
  const milliseconds wait = backoff(retry_after, ++runtime.rate_limited_in_a_row, target.interval);
  runtime.not_before = clock_.now() + wait - Schedule::kTick;
  record.backoff_seconds = std::chrono::duration<double>(wait - target.interval).count();
}

}  // namespace authprobe::prober
