#include "exporter/prober/target.h"

#include <algorithm>
#include <string>
#include <utility>

#include "exporter/config/hosts.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/telling_headers.h"
#include "exporter/prober/answer_facts.h"
#include "exporter/prober/credential_facts.h"
#include "exporter/prober/maintenance.h"
#include "exporter/prober/prefetch.h"
#include "exporter/prober/rate_limit.h"
#include "exporter/prober/schedule.h"
#include "exporter/wire/url_credential.h"

namespace authprobe::prober {
namespace {

using std::chrono::milliseconds;

constexpr std::chrono::minutes kProtectionEvery{5};
constexpr std::uint64_t kMostJson = 1U << 20;  // bytes: to read more would hold the loop up

constexpr char kPasswordRests[] =
    "the password was refused repeatedly: it is not sent for a while, so that the account is not locked";

// RFC 6750, section 3.1: invalid_token, and what servers say instead of it.
bool new_token_may_help(const Verdict& verdict) {
  using diagnosis::Cause;
  const State state = state_of(verdict.outcome);
  if (!verdict.refusal || state == State::ok || state == State::rate_limited) return false;
  const Cause cause = verdict.refusal->cause;
  return verdict.outcome.status == 401 || cause == Cause::expired_token || cause == Cause::revoked_token;
}

}  // namespace

void hide_secrets(const credential::Credential& credential, http::Response& response) {
  const bool success = response.status >= 200 && response.status < 400;
  for (http::Redirect& redirect : response.redirects) credential.secret_mask().mask(redirect.to);
  if (success && !diagnosis::may_hide_refusal(response.status, response.headers, response.body)) return;
  for (auto& [name, value] : response.headers) {
    credential.secret_mask().mask(name);
    credential.secret_mask().mask(value);
  }
  credential.secret_mask().mask(response.body);
}

// The gate: evidence and details are made of a server's decoded words.
Verdict ProbedTarget::shown_verdict(const http::Response& response, WallTime now) const {
  Verdict verdict = prober::judge(*shared_.checks, response, context(), now);
  if (!shared_.credential) return verdict;
  const credential::SecretMask& mask = shared_.credential->secret_mask();
  mask.mask_shown(verdict.detail);
  if (verdict.refusal) {
    for (std::string& line : verdict.refusal->evidence) mask.mask_shown(line);
  }
  return verdict;
}

ProbedTarget::ProbedTarget(const config::Target& config, Shared shared)
    : config_(&config),
      url_(http::prepared(config.url)),
      sent_by_itself_(wire::sent_by(config.headers, config.url.text())),
      shared_(std::move(shared)) {}

void ProbedTarget::move_to(const config::Target& config, Shared shared) {
  config_ = &config;
  shared_ = std::move(shared);
  if (!repeats_) held_.reset();
}

void ProbedTarget::prefetch_url() const {
  prefetch(*url_);
}

http::Request ProbedTarget::request(const credential::Credential* credential, milliseconds timeout) const {
  http::Request request;
  request.method = config_->method;
  request.url = url_;
  request.headers = config_->headers;
  request.body = wire::Secret(config_->body);
  request.user_agent = config_->user_agent.empty() ? AUTHPROBE_USER_AGENT : config_->user_agent;
  request.connection = config_->connection;
  request.timeout = timeout;
  if (!config_->expect->json.empty()) {
    const auto allowed = std::min<std::uint64_t>(config_->connection->max_response_bytes, kMostJson);
    request.keep_body = std::max(http::kBodyKept, static_cast<std::size_t>(allowed));
  }
  if (config_->connection->mode != config::ConnectionMode::fresh) request.session_key = config_->name;
  if (credential == nullptr || !credential->authorize(request)) return request;
  // What was kept under another client certificate must not be taken up.
  if (request.identity && !request.session_key.empty()) {
    request.session_key += '#' + credential->fingerprint();
  }
  return request;
}

// Why the credential cannot be sent to this target.
std::string ProbedTarget::problem_of(const credential::Credential& credential) const {
  if (!credential.problem().empty()) return credential.problem();
  if (config::is_home(credential.config(), url_->url())) return credential.problem_at(url_->url().host());
  return "the target's host is not one of the credential's hosts";
}

bool ProbedTarget::may_send_password(SlotTime now) {
  return !shared_.guard || shared_.guard->admit(shared_.credential->revision(), now);
}

ProbedTarget::Started ProbedTarget::start(SlotTime slot, Now now) {
  if (!repeats_) start_delay_seconds_ = std::chrono::duration<double>(now.slot - slot).count();
  if (const credential::Credential* credential = shared_.credential.get()) {
    if (credential->awaits_token()) return Held::awaits_token;
    std::string problem = problem_of(*credential);
    if (problem.empty() && !may_send_password(now.slot)) {
      if (memory_.probed) return Held::rests;  // its state stays what it was
      problem = kPasswordRests;
    }
    if (!problem.empty()) return finish(credential_unavailable(std::move(problem)), {}, {}, now);
    sent_ = secret_in_use();
  }
  in_flight_ = true;
  return request(shared_.credential.get(), config_->connection->timeout);
}

ProbedTarget::Started ProbedTarget::start_on_demand(milliseconds timeout, Now now) {
  if (const credential::Credential* credential = shared_.credential.get()) {
    if (credential->awaits_token()) return Held::awaits_token;
    std::string problem = problem_of(*credential);
    if (problem.empty() && !may_send_password(now.slot)) problem = kPasswordRests;
    if (!problem.empty()) {
      TargetState state = memory_.state;
      return record_of(credential_unavailable(std::move(problem)), {}, state, now.wall);
    }
  }
  return request(shared_.credential.get(), std::min(timeout, config_->connection->timeout));
}

ProbeContext ProbedTarget::context() const {
  ProbeContext result;
  if (shared_.credential) {
    result.sent = config::sent_as(shared_.credential->config().kind);
    result.credential = facts_of(*shared_.credential);
  } else {
    result.sent = sent_by_itself_;
  }
  result.last_good = memory_.state.last_good;
  result.open_to_all = memory_.open_to_all;
  result.url = config_->url.text();
  result.has_body = !config_->body.empty();
  result.rules = shared_.rules.get();
  return result;
}

ProbeHistory::Secret ProbedTarget::secret_in_use() const {
  if (!shared_.credential) return {};
  return {shared_.credential->revision(), shared_.credential->token_number()};
}

Verdict ProbedTarget::judge(http::Response& response, const std::optional<ProbeHistory::Secret>& sent, WallTime now) {
  // Before secrets are hidden: a cookie that comes back is recognised by its value.
  if (shared_.credential) {
    if (sent == secret_in_use()) shared_.credential->metadata().observe(response.headers, now);
    hide_secrets(*shared_.credential, response);
  }
  return shown_verdict(response, now);
}

bool ProbedTarget::token_may_be_renewed(const Verdict& verdict) const {
  const bool allowed = config_->controls.fresh_token && shared_.credential && shared_.credential->fetches_token();
  return allowed && verdict.judges_credential && !repeats_ && !memory_.state.episode && new_token_may_help(verdict);
}

void ProbedTarget::hold_refusal(Verdict& verdict, http::Response& response) {
  in_flight_ = false;
  held_ = std::make_unique<HeldRefusal>(HeldRefusal{std::move(verdict), std::move(response), sent_});
}

std::optional<ProbedTarget::HeldRefusal> ProbedTarget::take_held_refusal() {
  repeats_ = held_ && has_newer_token();
  if (!held_ || repeats_) return std::nullopt;
  const std::unique_ptr<HeldRefusal> held = std::move(held_);
  return std::move(*held);
}

ProbeRecord ProbedTarget::finish(Verdict verdict, const http::Response& response, const FleetContext& fleet, Now now) {
  in_flight_ = false;
  memory_.probed = true;
  const bool failure = is_unexplained_failure(verdict, response);
  if (failure) blame_auth_service(verdict, response, fleet);
  if (verdict.outcome.sent) memory_.recent.add(verdict.refusal.has_value());
  if (verdict.refusal) take_refusal(verdict, response, fleet, now.wall);
  // A guess about a failure is no refusal: it would send the credential's owner to work.
  const bool guess = failure && verdict.refusal && verdict.refusal->confidence == diagnosis::Confidence::guess;
  if (guess) verdict.refusal.reset();
  const bool judges_credential = verdict.judges_credential;
  ProbeRecord record = record_of(verdict, response, memory_.state, now.wall);
  memory_.credential_state = judges_credential || !record.refusal ? record.state : State::unexpected;
  if (refusals_ && !record.refusal && !guess) remember_success(verdict, response, now.wall);
  record.schedule_delay_seconds = start_delay_seconds_;
  back_off(response, record, now.slot);
  held_.reset();
  const bool repeated = std::exchange(repeats_, false);
  if (!judges_credential) return record;
  if (!repeated) report_refusal(record);
  update_lockout_guard(record, now.slot);
  return record;
}

std::shared_ptr<const ShownAnswer> ProbedTarget::shown_answer(const http::Response& response) const {
  constexpr std::size_t kMostExcerpt = 500;  // bytes
  ShownAnswer shown{diagnosis::telling_headers(response.headers), ""};
  if (config_->body_excerpt) shown.excerpt = diagnosis::redact(response.body, kMostExcerpt);
  if (shared_.credential) {
    const credential::SecretMask& mask = shared_.credential->secret_mask();
    mask.mask_shown(shown.excerpt);
    for (auto& [name, value] : shown.headers) mask.mask_shown(value);
  }
  return std::make_shared<const ShownAnswer>(std::move(shown));
}

ProbeRecord ProbedTarget::record_of(const Verdict& verdict, const http::Response& response, TargetState& state,
                                    WallTime now) const {
  ProbeRecord record;
  record.finished = now;
  const auto change = state.apply(verdict.outcome, verdict.refusal ? &*verdict.refusal : nullptr, now);
  record.state = state.state;
  record.since = state.since;
  record.last_good = state.last_good;
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
  if (record.state != State::ok && response.status != 0) record.shown_answer = shown_answer(response);
  record.certificate_expiry = response.certificate_expiry;
  record.certificate_chain = response.certificate_chain;
  record.rate_limit = read_rate_limit(response.headers, now);
  record.maintenance = in_maintenance(config_->maintenance, now);
  return record;
}

void ProbedTarget::back_off(const http::Response& response, ProbeRecord& record, SlotTime now) {
  const auto retry_after = response.status == 429 || response.status == 503 || record.state == State::rate_limited
                               ? read_retry_after(response.headers, record.finished)
                               : std::nullopt;
  if (record.state != State::rate_limited && !retry_after) {
    memory_.rate_limited_in_a_row = 0;
    return;
  }
  const milliseconds wait = backoff(retry_after, ++memory_.rate_limited_in_a_row, config_->interval);
  memory_.not_before = now + wait - Schedule::kTick;
  record.backoff_seconds = std::chrono::duration<double>(wait - config_->interval).count();
}

// Another token may help where the one that was sent is refused now, and was not before.
void ProbedTarget::report_refusal(const ProbeRecord& record) {
  using diagnosis::Cause;
  if (!shared_.credential || !config_->controls.fresh_token || record.previous_state == record.state) return;
  const bool ended = record.refusal &&
                     (record.refusal->cause == Cause::expired_token || record.refusal->cause == Cause::revoked_token);
  if (record.state == State::unauthorized || ended) shared_.credential->token_refused(sent_.token);
}

void ProbedTarget::update_lockout_guard(const ProbeRecord& record, SlotTime now) {
  if (!shared_.guard) return;
  const bool refused = record.state == State::unauthorized && record.status == 401;
  const bool says_nothing = record.status < 200 || record.status > 499 || record.status == 407 || record.status == 429;
  if (refused) shared_.guard->refused(now);
  if (!refused && record.status != 401 && !says_nothing) shared_.guard->accepted();
}

std::optional<ProbedTarget::ControlRequest> ProbedTarget::next_control(SlotTime now) {
  const State state = memory_.state.state;
  if (asked_ != Asked::nothing || state == State::rate_limited) return std::nullopt;
  std::optional<Control> control;
  if (refusals_ && memory_.recent.last_was_refused()) {
    control = refusals_->controls.next();
    if (control) asked_ = Asked::control;
  } else if (config_->expect->is_protected && shared_.credential && shared_.credential->can_be_left_out() &&
             now >= memory_.protection_due && (state == State::ok || state == State::exposed)) {
    memory_.protection_due = now + kProtectionEvery;
    control = Control{ControlKind::anonymous};
    asked_ = Asked::protection;
  }
  if (!control) return std::nullopt;
  auto probe = request(shared_.credential.get(), config_->connection->timeout);
  return ControlRequest{*control, control_request(*control, *config_, std::move(probe))};
}

// Let in is an answer that would be `ok` for a probe with the credential: its status, its checks, and no refusal and no
// login page in its content.
bool ProbedTarget::lets_in(const http::Response& answer, WallTime now) const {
  ProbeContext probe = context();
  probe.open_to_all = false;
  return state_of(prober::judge(*shared_.checks, answer, probe, now).outcome) == State::ok;
}

std::optional<diagnosis::Diagnosis> ProbedTarget::finish_control(http::Response& response, const FleetContext& fleet,
                                                                 WallTime now) {
  if (shared_.credential) hide_secrets(*shared_.credential, response);
  if (std::exchange(asked_, Asked::nothing) == Asked::protection) {
    memory_.open_to_all = lets_in(response, now);
    return std::nullopt;
  }
  if (!refusals_ || !refusals_->controls.finish(response, now)) return std::nullopt;
  return refine_episode(fleet);
}

std::optional<diagnosis::Diagnosis> ProbedTarget::refine_episode(const FleetContext& fleet) {
  if (!refusals_ || !memory_.state.episode) return std::nullopt;
  diagnosis::Diagnosis refined = refined_diagnosis(fleet);
  memory_.state.episode->cause = refined.cause;
  memory_.state.episode->confidence = refined.confidence;
  return refined;
}

ProbeRecord ProbedTarget::finish_on_demand(http::Response& response, const FleetContext& fleet, Now now) {
  if (shared_.credential) hide_secrets(*shared_.credential, response);
  Verdict verdict = shown_verdict(response, now.wall);
  if (verdict.refusal && refusals_ && memory_.state.episode) verdict.refusal = refined_diagnosis(fleet);
  TargetState state = memory_.state;
  ProbeRecord record = record_of(verdict, response, state, now.wall);
  const Outcome& outcome = verdict.outcome;
  const bool failed_check = outcome.expected_status && outcome.complete && !outcome.checks_passed;
  record.answer = std::make_shared<const AnswerFacts>(facts_of(response, *config_, failed_check));
  if (verdict.judges_credential) update_lockout_guard(record, now.slot);
  return record;
}

}  // namespace authprobe::prober
