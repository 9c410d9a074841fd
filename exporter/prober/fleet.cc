#include "exporter/prober/fleet.h"

#include <algorithm>
#include <utility>

#include "exporter/prober/prefetch.h"

namespace authprobe::prober {
namespace {

using std::chrono::steady_clock;

}  // namespace

Fleet::Fleet(std::shared_ptr<const config::Config> config, std::shared_ptr<const diagnosis::Ruleset> rules,
             SlotTime now) {
  reload(ReloadPlan(nullptr, std::move(config)), std::move(rules), now);
}

std::vector<std::size_t> Fleet::reload(ReloadPlan&& plan, std::shared_ptr<const diagnosis::Ruleset> rules,
                                       SlotTime now) {
  if (plan.from != config_) plan = ReloadPlan(config_, std::move(plan.to));  // another reload came between
  rules_ = std::move(rules);
  credentials_.load(*plan.to, rules_);
  std::vector<std::size_t> moved_to;
  std::vector<Entry> entries = entries_for(plan, moved_to);
  config_ = plan.to;
  entries_.swap(entries);
  count_again(plan, now);
  return moved_to;
}

void Fleet::restore(const std::vector<std::optional<TargetMemory>>& memories, SlotTime now) {
  for (std::size_t i = 0; i < std::min(memories.size(), entries_.size()); ++i) {
    if (memories[i]) entries_[i].target.restore(*memories[i]);
  }
  ReloadPlan plan(nullptr, config_);
  count_again(plan, now);
}

ProbedTarget::Shared Fleet::shared_for(const config::Target& target, Checked& checked) const {
  auto& checks = checked[target.expect.get()];
  if (!checks) checks = std::make_shared<const Checks>(target.expect);
  return {checks, credentials_.find(target.credential), credentials_.guard_of(target.credential), rules_};
}

std::vector<Fleet::Entry> Fleet::entries_for(const ReloadPlan& plan, std::vector<std::size_t>& moved_to) {
  moved_to.assign(entries_.size(), kDropped);
  Checked checked;
  std::vector<Entry> entries;
  entries.reserve(plan.to->targets.size());
  for (std::size_t i = 0; i < plan.to->targets.size(); ++i) {
    const config::Target& target = plan.to->targets[i];
    ProbedTarget::Shared shared = shared_for(target, checked);
    const std::size_t old = plan.unchanged[i];
    if (old != ReloadPlan::kNone && shared.credential == entries_[old].target.credential()) {
      moved_to[old] = i;
      entries.push_back(std::move(entries_[old]));
      entries.back().target.move_to(target, std::move(shared));
    } else {
      entries.push_back({ProbedTarget(target, std::move(shared)), SlotTime{}, false});
    }
  }
  return entries;
}

// Schedule, bounds and counts follow from the targets and from what is known of each.
void Fleet::count_again(ReloadPlan& plan, SlotTime now) {
  refusal_counts_ = RefusalCounts(config_->targets, plan.host_of);
  blast_radius_ = BlastRadius(*config_);
  scope_of_ = std::move(plan.scope_of);
  scope_time_ = ScopeTime(config_->scopes.size());
  if (admission_) {
    std::swap(*admission_, plan.admission);  // the old one ends with the plan
  } else {
    admission_ = std::move(plan.admission);
  }
  schedule_ = Schedule();
  awaiting_token_.clear();
  not_probed_ = 0;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    const TargetMemory& memory = entry.target.memory();
    entry.awaits_token = false;
    const bool had_slot = entry.slot != SlotTime{};
    schedule_.add(config_->targets[i].name, config_->targets[i].interval, !had_slot, now);
    if (entry.target.in_flight()) {
      admission_->adopt(i);
    } else if (had_slot && !memory.probed) {
      admission_->offer(i);  // it was waiting for its first probe
    }
    if (!memory.probed && scope_of(i) == Admission::kNone) ++not_probed_;
    blast_radius_.move(i, State::pending, memory.credential_state);
    if (memory.probed) refusal_counts_.update(i, memory.state.episode.has_value());
    if (memory.state.last_good) refusal_counts_.note_let_in(i);
  }
}

void Fleet::offer_due(SlotTime now) {
  offer_those_with_tokens(now);
  while (const auto due = schedule_.next_due(now)) {
    due_.push_back(*due);
    prober::prefetch(entries_[due->target]);
    prober::prefetch(config_->targets[due->target]);
  }
  for (const Schedule::Due& due : due_) offer(due, now);
  due_.clear();
}

void Fleet::offer(const Schedule::Due& due, SlotTime now) {
  missed_ += due.missed;
  Entry& entry = entries_[due.target];
  if (entry.target.in_flight() || entry.awaits_token || admission_->waiting(due.target)) {
    ++missed_;  // never two probes of one target at a time
    return;
  }
  if (now < entry.target.memory().not_before) return;
  entry.slot = due.slot;
  admission_->offer(due.target);
  entry.target.prefetch_url();
}

void Fleet::offer_those_with_tokens(SlotTime now) {
  std::erase_if(awaiting_token_, [this, now](std::size_t index) {
    Entry& entry = entries_[index];
    const credential::Credential& credential = *entry.target.credential();
    if (credential.awaits_token() || credentials_.fetches_now(credential.name(), now)) return false;
    entry.awaits_token = false;
    admission_->offer(index);
    return true;
  });
}

ProbedTarget::Started Fleet::start(std::size_t index, Now now) {
  Entry& entry = entries_[index];
  const auto& credential = entry.target.credential();
  if (credential && credential->refresh(steady_clock::now())) credentials_.look_again();  // its token may be another
  if (auto held = entry.target.take_held_refusal()) {
    return conclude(index, std::move(held->verdict), held->response, now);
  }
  const State before = entry.target.memory().credential_state;
  auto started = entry.target.start(entry.slot, now);
  if (std::holds_alternative<http::Request>(started)) return started;
  if (auto* record = std::get_if<ProbeRecord>(&started)) {
    account(index, before);
    record->target = index;
    return started;
  }
  if (std::get<ProbedTarget::Held>(started) == ProbedTarget::Held::awaits_token) {
    await_token(index);
  } else {
    admission_->finished(index);
  }
  return started;
}

void Fleet::await_token(std::size_t index) {
  admission_->finished(index);
  entries_[index].awaits_token = true;
  awaiting_token_.push_back(index);
}

template <typename Work>
auto Fleet::charged(std::size_t index, SlotTime now, Work work) {
  const std::uint32_t scope = scope_of(index);
  if (scope == Admission::kNone) return work();
  const auto began = steady_clock::now();
  auto result = work();
  scope_time_.take(scope, steady_clock::now() - began, now);
  return result;
}

std::optional<ProbeRecord> Fleet::finish(std::size_t index, http::Response& response, Now now) {
  if (response.error == http::TransportError::resources) {
    ++not_sent_;
    miss_slot(index);
    return std::nullopt;
  }
  if (const std::uint32_t scope = scope_of(index);
      scope != Admission::kNone && !scope_time_.has_some(scope, now.slot)) {
    miss_slot(index);
    return std::nullopt;
  }
  return charged(index, now.slot, [&] { return judge(index, response, now); });
}

void Fleet::miss_slot(std::size_t index) {
  entries_[index].target.let_go();
  admission_->finished(index);
  ++missed_;
}

std::optional<ProbeRecord> Fleet::judge(std::size_t index, http::Response& response, Now now) {
  Verdict verdict = entries_[index].target.judge(response, now.wall);
  if (renew_token(index, verdict, response, now.slot)) return std::nullopt;
  return conclude(index, std::move(verdict), response, now);
}

// A token that ends unannounced is no refusal while a new one works. True where the probe waits for one: never where it
// could not be fetched at once.
bool Fleet::renew_token(std::size_t index, Verdict& verdict, http::Response& response, SlotTime now) {
  ProbedTarget& target = entries_[index].target;
  if (!target.token_may_be_renewed(verdict)) return false;
  target.report_token_refused();
  credentials_.look_again();
  if (!target.has_newer_token() && !credentials_.fetches_now(target.credential()->name(), now)) return false;
  target.hold_refusal(verdict, response);
  await_token(index);
  return true;
}

ProbeRecord Fleet::conclude(std::size_t index, Verdict verdict, const http::Response& response, Now now) {
  ProbedTarget& target = entries_[index].target;
  // Without a credential there is no context: that is known here before anything is looked up.
  const bool alone = !target.credential();
  const bool failure = is_unexplained_failure(verdict, response);
  const bool answered = response.status != 0 || verdict.refusal.has_value();
  const bool judges_credential = verdict.judges_credential && answered && !failure;
  if (!alone && judges_credential) refusal_counts_.update(index, verdict.refusal.has_value());
  const State before = target.memory().credential_state;
  const FleetContext context = (verdict.refusal || failure) && !alone ? this->context(index) : FleetContext{};
  ProbeRecord record = target.finish(std::move(verdict), response, context, now);
  account(index, before);
  record.target = index;
  if (alone) return record;
  if (target.credential()->token_is_refused()) credentials_.look_again();
  const bool flipped = record.refusal && judges_credential && record.previous_state != record.state &&
                       record.state != State::rate_limited;
  if (flipped && target.config().controls.next) credentials_.hurry_next(target.credential()->name(), now.slot);
  if (judges_credential || failure) update_issuer_control(index, record, failure);
  return record;
}

// The issuer is asked once for all targets of a credential, from the first refusal until none is refused. A server's
// failure makes it known too where a page tells whether what checks the credential is up.
void Fleet::update_issuer_control(std::size_t index, const ProbeRecord& record, bool failure) {
  const ProbedTarget& target = entries_[index].target;
  const bool refused = record.refusal && (record.status == 401 || record.status == 403);
  const bool asks_health = failure && !target.credential()->config().auth_health_url.empty();
  if ((refused || asks_health) && record.state != State::rate_limited && target.config().controls.issuer) {
    credentials_.ask_issuer(target.credential()->name());
  } else if (!record.refusal && record.previous_state != record.state &&
             refusal_counts_.context_of(index).credential_refused == 0) {
    credentials_.forget_issuer(target.credential()->name());
  }
}

std::vector<DiagnosisUpdate> Fleet::finish_task(std::uint64_t number, http::Response& response, SlotTime now) {
  std::vector<DiagnosisUpdate> updates;
  const auto credential = credentials_.finish(number, response, now);
  if (!credential) return updates;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const config::ControlSettings& controls = config_->targets[i].controls;
    if (config_->targets[i].credential != *credential || (!controls.issuer && !controls.next)) continue;
    auto diagnosis = entries_[i].target.refine_episode(context(i));
    if (diagnosis) updates.push_back({i, std::move(*diagnosis)});
  }
  return updates;
}

// A scheduled probe has ended.
void Fleet::account(std::size_t index, State before) {
  admission_->finished(index);
  if (before == State::pending && scope_of(index) == Admission::kNone) --not_probed_;
  blast_radius_.move(index, before, entries_[index].target.memory().credential_state);
}

FleetContext Fleet::context(std::size_t index) const {
  const config::Target& target = config_->targets[index];
  FleetContext context = refusal_counts_.context_of(index);
  if (target.controls.issuer) context.token = credentials_.token_report(target.credential);
  const CredentialStatus::Next* next = target.controls.next ? credentials_.next_answer(target.credential) : nullptr;
  if (next != nullptr) {
    context.next = {.status = next->status};
    context.next_name = next->name;
    context.next_at = next->last.value_or(WallTime{});
  }
  return context;
}

std::optional<http::Request> Fleet::next_control(std::size_t index, SlotTime now) {
  ProbedTarget& target = entries_[index].target;
  // One that is not refused asks for itself: whether it is open to all.
  const bool bounded = target.credential() && target.memory().state.episode;
  if (bounded && !control_budget_.has_room(target.credential()->name(), now)) return std::nullopt;
  auto control = target.next_control(now);
  if (bounded && control) control_budget_.take(target.credential()->name());
  return control ? std::optional(std::move(control->request)) : std::nullopt;
}

std::optional<DiagnosisUpdate> Fleet::finish_control(std::size_t index, http::Response& response, WallTime now) {
  auto diagnosis = charged(index, SlotClock::from(now),
                           [&] { return entries_[index].target.finish_control(response, context(index), now); });
  return diagnosis ? std::optional(DiagnosisUpdate{index, std::move(*diagnosis)}) : std::nullopt;
}

ProbedTarget::Started Fleet::start_on_demand(std::size_t index, std::chrono::milliseconds timeout, Now now) {
  ProbedTarget& target = entries_[index].target;
  if (const auto& credential = target.credential(); credential && credential->refresh(steady_clock::now())) {
    credentials_.look_again();
  }
  auto started = target.start_on_demand(timeout, now);
  if (auto* record = std::get_if<ProbeRecord>(&started)) record->target = index;
  return started;
}

ProbeRecord Fleet::finish_on_demand(std::size_t index, http::Response& response, Now now) {
  ProbeRecord record = entries_[index].target.finish_on_demand(response, context(index), now);
  record.target = index;
  return record;
}

void Fleet::prefetch(std::size_t target) const {
  prober::prefetch(entries_[target]);
}

std::vector<CredentialStatus> Fleet::credential_statuses() const {
  std::vector<CredentialStatus> statuses = credentials_.statuses();
  for (std::size_t i = 0; i < statuses.size(); ++i) statuses[i].targets = blast_radius_.of(i);
  return statuses;
}

}  // namespace authprobe::prober
