#include "exporter/prober/prober.h"

#include <algorithm>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "exporter/credential/credential.h"
#include "exporter/http/transfer_set.h"
#include "exporter/prober/admission.h"
#include "exporter/prober/checks.h"
#include "exporter/prober/inquiry.h"
#include "exporter/prober/maintenance.h"
#include "exporter/prober/probe_request.h"
#include "exporter/prober/schedule.h"
#include "exporter/prober/secrecy.h"
#include "exporter/prober/siblings.h"
#include "exporter/prober/upkeep.h"
#include "exporter/prober/verdict.h"

namespace authprobe::prober {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr std::size_t kMostOnDemand = 64;
constexpr char kPasswordRests[] =
    "the password was refused again and again, and is left alone for a while so that its account is not locked";
constexpr std::uint64_t kOnDemandBit = std::uint64_t{1} << 63;
constexpr std::uint64_t kInquiryBit = std::uint64_t{1} << 62;

// Wall time that does not jump: read once at the start, then carried on by the steady clock, so that a corrected system
// clock moves no slot.
class SlotClock {
 public:
  Instant now() const { return to_instant(steady_clock::now()); }
  steady_clock::time_point to_steady(Instant instant) const { return steady_ + (instant - wall_); }

 private:
  Instant to_instant(steady_clock::time_point time) const {
    return wall_ + std::chrono::duration_cast<milliseconds>(time - steady_);
  }
  steady_clock::time_point steady_ = steady_clock::now();
  Instant wall_ = std::chrono::duration_cast<Instant>(system_clock::now().time_since_epoch());
};

// What bounds on one host count: the socket, or scheme, host and port as the URL has them.
std::string host_key(const config::Target& target) {
  if (!target.connection->unix_socket.empty()) return target.connection->unix_socket;
  const std::size_t authority = target.url.find("://");
  return target.url.substr(0, target.url.find_first_of("/?#", authority == std::string::npos ? 0 : authority + 3));
}

// What is kept of one target between its probes.
struct Runtime {
  std::uint64_t id = 0;  // of its transfers; never used twice, so that what was let go is recognised
  std::shared_ptr<const Checks> checks;
  std::shared_ptr<credential::Credential> credential;  // null: none
  std::shared_ptr<LockoutGuard> guard;                 // the credential's; null: it has none
  std::uint64_t token = 0;                             // which one the probe under way was sent with
  TargetState state;
  RecentProbes recent;
  Inquiry inquiry;
  Instant slot{0};        // the one that the probe under way began for
  Instant not_before{0};  // the server asked to be left alone until then
  double start_delay_seconds = 0;
  int rate_limited_in_a_row = 0;
  bool in_flight = false;
  bool awaits_token = false;  // its slot has come, and its credential's first token is being fetched
  bool probed = false;
};

// One that was asked for before its credential had a token.
struct AwaitedDemand {
  std::size_t target = 0;
  std::uint64_t as_given = 0;
  milliseconds timeout{0};
};

struct OnDemand {
  std::uint64_t as_given = 0;
  std::uint64_t runtime = 0;
};

http::TransferSet::Options options_of(const config::Settings& settings) {
  http::TransferSet::Options options;
  options.dns_cache = settings.dns_cache;
  options.dns_servers = settings.dns_servers;
  return options;
}

}  // namespace

class Prober::Impl {
 public:
  Impl(std::shared_ptr<const config::Config> config, std::shared_ptr<const diagnosis::Signatures> signatures)
      : transfers_(options_of(config->settings)) {
    load(std::move(config), std::move(signatures));
  }

  void load(std::shared_ptr<const config::Config> config, std::shared_ptr<const diagnosis::Signatures> signatures);
  void start_due();
  std::optional<ProbeRecord> next_record();
  std::optional<Refinement> next_refinement();
  bool probe_now(std::size_t target, std::uint64_t on_demand, milliseconds timeout);

  void wait() {
    if (!demands_awaiting_token_.empty()) keep_up();  // also where nothing is probed on schedule
    const Instant longest = clock_.now() + std::chrono::seconds{1};
    const Instant slot = std::min(schedule_.next_slot().value_or(longest), upkeep_.next_look());
    const bool something_is_ready = !ready_.empty() || !refinements_.empty();  // then events are taken without waiting
    transfers_.wait(something_is_ready ? steady_clock::now() : clock_.to_steady(std::min(slot, longest)));
  }

  http::TransferSet& transfers() { return transfers_; }
  const config::Config& config() const { return *config_; }
  const TargetState& state(std::size_t target) const { return runtimes_[target].state; }
  std::vector<CredentialStatus> credential_statuses() const;
  bool first_round_done() const { return not_probed_ == 0; }
  std::size_t in_flight() const { return transfers_.in_flight(); }
  std::uint64_t slots_missed() const { return missed_; }

 private:
  std::vector<Runtime> runtimes_of(const config::Config& config);
  void start(std::size_t index);
  void keep_up() {
    upkeep_.start_due(transfers_, clock_.now());
    offer_those_with_tokens();
  }
  void offer_those_with_tokens();
  bool is_held_back(std::size_t index);
  void tell_credential(Runtime& runtime, const ProbeRecord& record);
  void tell_guard(Runtime& runtime, const ProbeRecord& record);
  ProbeRecord conclude(std::size_t index, Verdict verdict, const http::Response& response);
  void inquire(std::size_t index, Verdict& verdict, const http::Response& response);
  void hide_secrets_in(http::Finished& finished);
  void take_inquiry(std::uint64_t runtime_id, const http::Response& answer);
  ProbeRecord record_of(std::size_t index, const Verdict& verdict, const http::Response& response, TargetState& state);
  std::optional<ProbeRecord> conclude_on_demand(std::uint64_t id, const http::Response& response);
  void back_off(Runtime& runtime, const config::Target& target, const http::Response& response, ProbeRecord& record);
  diagnosis::Surroundings surroundings(std::size_t index) const;
  std::optional<diagnosis::ControlAnswer> next_answer(const config::Target& target) const;
  Circumstances circumstances(const Runtime& runtime) const;

  SlotClock clock_;
  http::TransferSet transfers_;
  Upkeep upkeep_;
  std::shared_ptr<const config::Config> config_;
  std::shared_ptr<const diagnosis::Signatures> signatures_;  // null: the built-in ones
  std::vector<Runtime> runtimes_;                            // parallel to config_->targets
  std::unordered_map<std::uint64_t, std::size_t> index_of_;
  std::unordered_map<std::uint64_t, OnDemand> on_demand_;
  Schedule schedule_;
  std::optional<Admission> admission_;
  Siblings siblings_;
  std::vector<std::size_t> awaiting_token_;  // targets
  std::vector<AwaitedDemand> demands_awaiting_token_;
  std::deque<ProbeRecord> ready_;  // records that needed no transfer
  std::deque<Refinement> refinements_;
  std::uint64_t last_id_ = 0;
  std::uint64_t missed_ = 0;
  std::size_t not_probed_ = 0;
};

std::vector<Runtime> Prober::Impl::runtimes_of(const config::Config& config) {
  std::unordered_map<std::string, std::size_t> old_target;
  for (std::size_t i = 0; i < runtimes_.size(); ++i) {
    old_target.emplace(config_->targets[i].name, i);
  }
  std::unordered_map<const config::Expectation*, std::shared_ptr<const Checks>> checks;
  std::vector<Runtime> runtimes;
  runtimes.reserve(config.targets.size());
  for (const auto& target : config.targets) {
    auto credential = upkeep_.find(target.credential);
    const auto old = old_target.find(target.name);
    const bool same = old != old_target.end() && config_->targets[old->second] == target &&
                      credential == runtimes_[old->second].credential;
    Runtime runtime;
    if (same) {
      runtime = std::move(runtimes_[old->second]);
    } else {
      runtime.id = ++last_id_;
      runtime.credential = std::move(credential);
      runtime.guard = upkeep_.guard_of(target.credential);
    }
    auto& compiled = checks[target.expect.get()];
    if (!compiled) compiled = std::make_shared<const Checks>(target.expect);
    runtime.checks = compiled;
    runtimes.push_back(std::move(runtime));
  }
  return runtimes;
}

void Prober::Impl::load(std::shared_ptr<const config::Config> config,
                        std::shared_ptr<const diagnosis::Signatures> signatures) {
  signatures_ = std::move(signatures);
  upkeep_.load(*config);
  std::vector<Runtime> runtimes = runtimes_of(*config);
  std::unordered_map<std::string, std::uint32_t> hosts;
  std::vector<std::uint32_t> host_of;
  host_of.reserve(config->targets.size());
  for (const auto& target : config->targets) {
    host_of.push_back(hosts.try_emplace(host_key(target), hosts.size()).first->second);
  }
  Siblings siblings(config->targets, host_of);
  Admission admission(config->settings.max_in_flight, config->settings.max_in_flight_per_host, std::move(host_of));
  Schedule schedule;
  index_of_.clear();
  not_probed_ = 0;
  const Instant now = clock_.now();
  awaiting_token_.clear();
  demands_awaiting_token_.clear();
  for (std::size_t i = 0; i < runtimes.size(); ++i) {
    Runtime& runtime = runtimes[i];
    runtime.awaits_token = false;
    const auto old = runtime.slot.count() != 0;
    index_of_.emplace(runtime.id, i);
    schedule.add(config->targets[i].name, config->targets[i].interval, !old, now);
    if (runtime.in_flight) {
      admission.adopt(i);
    } else if (old && !runtime.probed) {
      admission.offer(i);  // it was waiting for its first probe
    }
    if (!runtime.probed) ++not_probed_;
    if (runtime.probed) siblings.note(i, runtime.state.episode.has_value());
  }
  siblings_ = std::move(siblings);
  config_ = std::move(config);
  runtimes_ = std::move(runtimes);
  schedule_ = std::move(schedule);
  admission_ = std::move(admission);
}

void Prober::Impl::start_due() {
  const Instant now = clock_.now();
  keep_up();
  while (const auto due = schedule_.next_due(now)) {
    missed_ += due->missed;
    Runtime& runtime = runtimes_[due->target];
    if (runtime.in_flight || runtime.awaits_token || admission_->waiting(due->target)) {
      ++missed_;  // never two probes of one target at a time
      continue;
    }
    if (now < runtime.not_before) continue;
    runtime.slot = due->slot;
    admission_->offer(due->target);
  }
  while (const auto target = admission_->next()) start(*target);
}

void Prober::Impl::start(std::size_t index) {
  Runtime& runtime = runtimes_[index];
  const config::Target& target = config_->targets[index];
  runtime.in_flight = true;
  runtime.start_delay_seconds = std::chrono::duration<double>(clock_.now() - runtime.slot).count();
  if (runtime.credential) {
    runtime.credential->refresh(steady_clock::now());
    if (is_held_back(index)) return;
    runtime.token = runtime.credential->token_number();
  }
  transfers_.start(runtime.id, probe_request(target, runtime.credential.get(), target.connection->timeout));
}

// A started probe that is not sent, since its credential cannot or must not be used now.
bool Prober::Impl::is_held_back(std::size_t index) {
  Runtime& runtime = runtimes_[index];
  const credential::Credential& credential = *runtime.credential;
  const auto release = [&] {
    runtime.in_flight = false;
    admission_->finished(index);
  };
  if (credential.awaits_token()) {
    release();
    runtime.awaits_token = true;
    awaiting_token_.push_back(index);
    return true;
  }
  if (!credential.problem().empty()) {
    ready_.push_back(conclude(index, credential_unavailable(credential.problem()), {}));
    return true;
  }
  if (!runtime.guard || runtime.guard->admit(credential.revision(), clock_.now())) return false;
  if (runtime.probed) {
    release();  // its state stays what it was
  } else {
    ready_.push_back(conclude(index, credential_unavailable(kPasswordRests), {}));
  }
  return true;
}

void Prober::Impl::offer_those_with_tokens() {
  const auto goes_on_waiting = [this](std::size_t index) {
    Runtime& runtime = runtimes_[index];
    if (runtime.credential->awaits_token()) return true;
    runtime.awaits_token = false;
    admission_->offer(index);
    return false;
  };
  awaiting_token_.erase(std::remove_if(awaiting_token_.begin(), awaiting_token_.end(),
                                       [&](std::size_t i) { return !goes_on_waiting(i); }),
                        awaiting_token_.end());
  for (const AwaitedDemand& demand : std::exchange(demands_awaiting_token_, {})) {
    probe_now(demand.target, demand.as_given, demand.timeout);  // waits on where there is none yet
  }
}

bool Prober::Impl::probe_now(std::size_t index, std::uint64_t on_demand, milliseconds timeout) {
  if (on_demand_.size() + demands_awaiting_token_.size() >= kMostOnDemand) return false;
  Runtime& runtime = runtimes_[index];
  if (runtime.credential) {
    runtime.credential->refresh(steady_clock::now());
    if (runtime.credential->awaits_token()) {
      demands_awaiting_token_.push_back({index, on_demand, timeout});
      return true;
    }
    std::string problem = runtime.credential->problem();
    if (problem.empty() && runtime.guard && !runtime.guard->admit(runtime.credential->revision(), clock_.now())) {
      problem = kPasswordRests;
    }
    if (!problem.empty()) {
      TargetState state = runtime.state;
      ProbeRecord record = record_of(index, credential_unavailable(std::move(problem)), {}, state);
      record.on_demand = on_demand;
      ready_.push_back(std::move(record));
      return true;
    }
  }
  const std::uint64_t id = ++last_id_ | kOnDemandBit;
  on_demand_.emplace(id, OnDemand{on_demand, runtime.id});
  const config::Target& target = config_->targets[index];
  transfers_.start(id, probe_request(target, runtime.credential.get(), std::min(timeout, target.connection->timeout)));
  return true;
}

std::optional<ProbeRecord> Prober::Impl::next_record() {
  if (!ready_.empty()) {
    ProbeRecord record = std::move(ready_.front());
    ready_.pop_front();
    return record;
  }
  while (auto finished = transfers_.next_finished()) {
    if ((finished->id & Upkeep::kIdBit) != 0) {
      upkeep_.take(*finished, clock_.now());
      continue;
    }
    hide_secrets_in(*finished);
    if ((finished->id & kInquiryBit) != 0) {
      take_inquiry(finished->id & ~kInquiryBit, finished->response);
      continue;
    }
    if ((finished->id & kOnDemandBit) != 0) {
      if (auto record = conclude_on_demand(finished->id, finished->response)) return record;
      continue;
    }
    const auto found = index_of_.find(finished->id);
    if (found == index_of_.end()) continue;  // its target is gone
    const Runtime& runtime = runtimes_[found->second];
    Verdict verdict = judge(*runtime.checks, finished->response, circumstances(runtime), system_clock::now());
    inquire(found->second, verdict, finished->response);
    return conclude(found->second, std::move(verdict), finished->response);
  }
  return std::nullopt;
}

// What the answer to a probe says of the credential is taken in first: a cookie that comes back is known by its value.
void Prober::Impl::hide_secrets_in(http::Finished& finished) {
  std::uint64_t id = finished.id & ~kInquiryBit;
  if (const auto asked = on_demand_.find(finished.id); asked != on_demand_.end()) id = asked->second.runtime;
  const auto found = index_of_.find(id);
  if (found == index_of_.end() || !runtimes_[found->second].credential) return;
  credential::Credential& credential = *runtimes_[found->second].credential;
  if (id == finished.id) credential.knowledge().observe(finished.response.headers, system_clock::now());
  hide_secrets(credential, finished.response);
}

std::optional<Refinement> Prober::Impl::next_refinement() {
  if (refinements_.empty()) return std::nullopt;
  Refinement refinement = std::move(refinements_.front());
  refinements_.pop_front();
  return refinement;
}

Circumstances Prober::Impl::circumstances(const Runtime& runtime) const {
  Circumstances result;
  if (runtime.credential) {
    result.sent = runtime.credential->kind();
    result.credential = runtime.credential->facts();
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
  siblings_.note(index, verdict.refusal.has_value());
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
  auto request =
      runtime.inquiry.next(target, probe_request(target, runtime.credential.get(), target.connection->timeout),
                           state == State::rate_limited, clock_.now());
  if (request) transfers_.start(runtime.id | kInquiryBit, std::move(*request));
}

void Prober::Impl::take_inquiry(std::uint64_t runtime_id, const http::Response& answer) {
  const auto found = index_of_.find(runtime_id);
  if (found == index_of_.end()) return;
  Runtime& runtime = runtimes_[found->second];
  if (!runtime.inquiry.take(answer) || !runtime.state.episode) return;
  const config::Target& target = config_->targets[found->second];
  diagnosis::Diagnosis refined = runtime.inquiry.weighed(surroundings(found->second), next_answer(target));
  runtime.state.episode->cause = refined.cause;
  runtime.state.episode->confidence = refined.confidence;
  refinements_.push_back({found->second, std::move(refined)});
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
  std::unordered_map<std::string_view, CredentialStatus*> by_name;
  for (CredentialStatus& status : statuses) by_name.emplace(status.name, &status);
  for (std::size_t i = 0; i < runtimes_.size(); ++i) {
    const auto status = by_name.find(config_->targets[i].credential);
    if (status != by_name.end()) ++status->second->targets[static_cast<std::size_t>(runtimes_[i].state.state)];
  }
  return statuses;
}

std::optional<ProbeRecord> Prober::Impl::conclude_on_demand(std::uint64_t id, const http::Response& response) {
  const auto request = on_demand_.extract(id);
  const auto found = request.empty() ? index_of_.end() : index_of_.find(request.mapped().runtime);
  if (found == index_of_.end()) return std::nullopt;
  Runtime& runtime = runtimes_[found->second];
  TargetState state = runtime.state;  // a copy: an extra probe moves nothing on
  Verdict verdict = judge(*runtime.checks, response, circumstances(runtime), system_clock::now());
  if (verdict.refusal && runtime.inquiry.in_episode()) {
    const config::Target& target = config_->targets[found->second];
    verdict.refusal = runtime.inquiry.weighed(surroundings(found->second), next_answer(target));
  }
  ProbeRecord record = record_of(found->second, verdict, response, state);
  record.on_demand = request.mapped().as_given;
  tell_guard(runtime, record);
  return record;
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

Prober::Prober(std::shared_ptr<const config::Config> config, std::shared_ptr<const diagnosis::Signatures> signatures)
    : impl_(std::make_unique<Impl>(std::move(config), std::move(signatures))) {}
Prober::~Prober() = default;
void Prober::reload(std::shared_ptr<const config::Config> config,
                    std::shared_ptr<const diagnosis::Signatures> signatures) {
  impl_->load(std::move(config), std::move(signatures));
}
void Prober::start_due() {
  impl_->start_due();
}
void Prober::wait() {
  impl_->wait();
}
std::optional<ProbeRecord> Prober::next_record() {
  return impl_->next_record();
}
std::optional<Refinement> Prober::next_refinement() {
  return impl_->next_refinement();
}
bool Prober::probe_now(std::size_t target, std::uint64_t on_demand, milliseconds timeout) {
  return impl_->probe_now(target, on_demand, timeout);
}
void Prober::watch(int fd, std::function<void()> on_readable) {
  impl_->transfers().watch(fd, std::move(on_readable));
}
const config::Config& Prober::config() const {
  return impl_->config();
}
const TargetState& Prober::state(std::size_t target) const {
  return impl_->state(target);
}
std::vector<CredentialStatus> Prober::credential_statuses() const {
  return impl_->credential_statuses();
}
bool Prober::first_round_done() const {
  return impl_->first_round_done();
}
std::size_t Prober::in_flight() const {
  return impl_->in_flight();
}
std::uint64_t Prober::slots_missed() const {
  return impl_->slots_missed();
}

}  // namespace authprobe::prober
