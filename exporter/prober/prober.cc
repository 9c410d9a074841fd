#include "exporter/prober/prober.h"

#include <algorithm>
#include <utility>

namespace authprobe::prober {
namespace {

constexpr std::size_t kMostOnDemand = 64;

static_assert(InFlight::kDropped == Fleet::kDropped);

// Values that wait to be taken follow their targets; those whose target is gone are dropped.
void renumber(std::deque<Prober::Event>& events, const std::vector<std::size_t>& moved_to) {
  const auto target_of = [](Prober::Event& event) -> std::size_t& {
    return std::visit([](auto& value) -> std::size_t& { return value.target; }, event);
  };
  for (auto& event : events) target_of(event) = moved_to[target_of(event)];
  std::erase_if(events, [&](auto& event) { return target_of(event) == Fleet::kDropped; });
}

}  // namespace

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Prober::Prober(std::shared_ptr<const config::Config> config, std::shared_ptr<const diagnosis::Ruleset> rules)
    : transfers_(http::TransferSet::Options::from(config->settings)),
      fleet_(std::move(config), std::move(rules), clock_.now()) {
  lists_.load(fleet_.config());
}

void Prober::reload(ReloadPlan&& plan, std::shared_ptr<const diagnosis::Ruleset> rules) {
  const auto moved_to = fleet_.reload(std::move(plan), std::move(rules), clock_.now());
  lists_.load(fleet_.config());
  in_flight_.move(moved_to);
  if (std::exchange(told_, false)) events_.pop_front();
  renumber(events_, moved_to);
  answered_.clear();
  pending_on_demand_.clear();
}

void Prober::restore(const std::vector<std::optional<TargetMemory>>& targets,
                     const std::vector<CredentialStatus>& credentials) {
  fleet_.restore(targets, clock_.now());
  for (const CredentialStatus& saved : credentials) fleet_.credentials().restore(saved);
}

void Prober::start_due() {
  start_credential_tasks();
  start_list_fetches();
  const Now begin = now();
  fleet_.offer_due(begin.slot);
  while (const auto target = fleet_.next_to_start()) {
    auto started = fleet_.start(*target, {clock_.now(), begin.wall});
    if (auto* request = std::get_if<http::Request>(&started)) {
      start({InFlight::Kind::probe, *target}, std::move(*request));
    } else if (auto* record = std::get_if<ProbeRecord>(&started)) {
      const bool refused = record->refusal.has_value();
      events_.emplace_back(std::move(*record));
      if (refused) start_control(*target);
    }
  }
}

void Prober::start(const InFlight& what, http::Request&& request) {
  proxy_passwords_.add_to(request, steady_clock::now());
  transfers_.start(in_flight_.begin(what), std::move(request));
}

void Prober::start_control(std::size_t target) {
  if (auto control = fleet_.next_control(target, clock_.now())) {
    start({InFlight::Kind::control, target}, std::move(*control));
  }
}

void Prober::start_credential_tasks() {
  for (CredentialSet::TaskRequest& task : fleet_.credentials().start_due(clock_.now())) {
    start({InFlight::Kind::task, InFlight::kDropped, task.number}, std::move(task.request));
  }
  start_pending_on_demand();
}

void Prober::start_list_fetches() {
  if (lists_.next_look() > clock_.now()) return;
  for (ListFetches::ListRequest& fetch : lists_.start_due(clock_.now(), fleet_.credentials())) {
    start({InFlight::Kind::list, InFlight::kDropped, fetch.number}, std::move(fetch.request));
  }
  for (ListAnswer& answer : lists_.take_unasked()) list_answers_.push_back(std::move(answer));
}

void Prober::start_pending_on_demand() {
  for (const PendingOnDemandProbe& probe : std::exchange(pending_on_demand_, {})) {
    probe_now(probe.target, probe.on_demand, probe.timeout);  // waits on where there is no token yet
  }
}

void Prober::wait() {
  if (!pending_on_demand_.empty()) start_credential_tasks();  // also where nothing is probed on schedule
  const SlotTime longest = clock_.now() + std::chrono::seconds{1};
  const SlotTime slot =
      std::min({fleet_.next_slot().value_or(longest), fleet_.credentials().next_look(), lists_.next_look()});
  transfers_.wait(events_.empty() ? clock_.to_steady(std::min(slot, longest)) : steady_clock::now());
  note_answered();
}

void Prober::note_answered() {
  answered_.clear();
  for (const http::Finished& finished : transfers_.finished()) {
    const InFlight& request = in_flight_.at(finished.id);
    if (request.kind != InFlight::Kind::probe || request.target == InFlight::kDropped) continue;
    fleet_.prefetch(request.target);
    answered_.push_back(request.target);
  }
}

const Prober::Event* Prober::next_event() {
  if (std::exchange(told_, false)) events_.pop_front();
  while (events_.empty()) {
    http::Finished* finished = transfers_.next_finished();
    if (finished == nullptr) return nullptr;
    finish(*finished);
  }
  told_ = true;
  return &events_.front();
}

void Prober::finish(http::Finished& finished) {
  proxy_passwords_.hide(finished.response);
  const InFlight request = in_flight_.end(finished.id);
  if (request.kind == InFlight::Kind::task) {
    for (DiagnosisUpdate& update : fleet_.finish_task(request.number, finished.response, clock_.now())) {
      events_.emplace_back(std::move(update));
    }
    return;
  }
  if (request.kind == InFlight::Kind::list) {
    if (auto answer = lists_.finish(request.number, finished.response, clock_.now())) {
      list_answers_.push_back(std::move(*answer));
    }
    return;
  }
  if (request.target == InFlight::kDropped) return;
  switch (request.kind) {
    case InFlight::Kind::probe: finish_probe(request.target, finished.response); break;
    case InFlight::Kind::control:
      if (auto update = fleet_.finish_control(request.target, finished.response, now().wall)) {
        events_.emplace_back(std::move(*update));
      }
      break;
    case InFlight::Kind::on_demand: {
      ProbeRecord record = fleet_.finish_on_demand(request.target, finished.response, now());
      record.on_demand = request.number;
      events_.emplace_back(std::move(record));
      break;
    }
    case InFlight::Kind::task:
    case InFlight::Kind::list: break;
  }
}

void Prober::finish_probe(std::size_t target, http::Response& response) {
  const Now end = now();
  auto record = fleet_.finish(target, response, end);
  if (!record) return;  // it is repeated
  events_.emplace_back(std::move(*record));
  start_control(target);
  transfers_.recycle(std::move(response));
}

bool Prober::probe_now(std::size_t target, std::uint64_t on_demand, milliseconds timeout) {
  if (in_flight_.on_demand() + pending_on_demand_.size() >= kMostOnDemand) return false;
  auto started = fleet_.start_on_demand(target, timeout, now());
  if (auto* request = std::get_if<http::Request>(&started)) {
    start({InFlight::Kind::on_demand, target, on_demand}, std::move(*request));
  } else if (auto* record = std::get_if<ProbeRecord>(&started)) {
    record->on_demand = on_demand;
    events_.emplace_back(std::move(*record));
  } else {
    pending_on_demand_.push_back({target, on_demand, timeout});
  }
  return true;
}

}  // namespace authprobe::prober
