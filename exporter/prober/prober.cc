#include <algorithm>
#include <utility>

#include "exporter/prober/prefetch.h"
#include "exporter/prober/probe_request.h"
#include "exporter/prober/prober_impl.h"
#include "exporter/prober/secrecy.h"

namespace authprobe::prober {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

void Prober::Impl::start_due() {
  const Instant now = clock_.now();
  keep_up();
  while (const auto due = schedule_.next_due(now)) {
    due_.push_back(*due);
    prefetch(runtimes_[due->target]);
    prefetch(config_->targets[due->target]);
  }
  for (const Schedule::Due& due : due_) offer(due, now);
  due_.clear();
  while (const auto target = admission_->next()) start(*target);
}

void Prober::Impl::offer(const Schedule::Due& due, Instant now) {
  missed_ += due.missed;
  Runtime& runtime = runtimes_[due.target];
  if (runtime.in_flight || runtime.awaits_token || admission_->waiting(due.target)) {
    ++missed_;  // never two probes of one target at a time
    return;
  }
  if (now < runtime.not_before) return;
  runtime.slot = due.slot;
  admission_->offer(due.target);
  prefetch(*runtime.url);
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
  transfers_.start(flights_.begin({Flight::Kind::probe, index}),
                   probe_request(target, runtime.url, runtime.credential.get(), target.connection->timeout));
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

void Prober::Impl::wait() {
  if (!demands_awaiting_token_.empty()) keep_up();  // also where nothing is probed on schedule
  const Instant longest = clock_.now() + std::chrono::seconds{1};
  const Instant slot = std::min(schedule_.next_slot().value_or(longest), upkeep_.next_look());
  const bool something_is_ready = !ready_.empty() || !refinements_.empty();  // then events are taken without waiting
  transfers_.wait(something_is_ready ? steady_clock::now() : clock_.to_steady(std::min(slot, longest)));
  for (const http::Finished& finished : transfers_.finished()) {
    if ((finished.id & Upkeep::kIdBit) != 0) continue;
    const Flight& flight = flights_.at(finished.id);
    if (flight.kind != Flight::Kind::probe || flight.target == Flight::kGone) continue;
    prefetch(runtimes_[flight.target]);
    if (on_answer_) on_answer_(flight.target);
  }
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
    const Flight flight = flights_.end(finished->id);
    if (flight.target == Flight::kGone) continue;
    hide_secrets_in(flight, finished->response);
    switch (flight.kind) {
      case Flight::Kind::inquiry: take_inquiry(flight.target, finished->response); break;
      case Flight::Kind::on_demand: return conclude_on_demand(flight, finished->response);
      case Flight::Kind::probe: {
        ProbeRecord record = conclude_scheduled(flight.target, finished->response);
        transfers_.recycle(std::move(finished->response));
        return record;
      }
    }
  }
  return std::nullopt;
}

// What the answer to a probe says of the credential is taken in first: a cookie that comes back is known by its value.
void Prober::Impl::hide_secrets_in(const Flight& flight, http::Response& response) {
  const auto& credential = runtimes_[flight.target].credential;
  if (!credential) return;
  if (flight.kind == Flight::Kind::probe) credential->knowledge().observe(response.headers, system_clock::now());
  hide_secrets(*credential, response);
}

std::optional<Refinement> Prober::Impl::next_refinement() {
  if (refinements_.empty()) return std::nullopt;
  Refinement refinement = std::move(refinements_.front());
  refinements_.pop_front();
  return refinement;
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
void Prober::on_answer(std::function<void(std::size_t)> hook) {
  impl_->on_answer(std::move(hook));
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
