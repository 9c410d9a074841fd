#include <algorithm>
#include <utility>

#include "exporter/prober/probe_request.h"
#include "exporter/prober/prober_impl.h"

namespace authprobe::prober {
namespace {

constexpr std::size_t kMostOnDemand = 64;

}  // namespace

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

bool Prober::Impl::probe_now(std::size_t index, std::uint64_t on_demand, milliseconds timeout) {
  if (flights_.on_demand() + demands_awaiting_token_.size() >= kMostOnDemand) return false;
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
  const config::Target& target = config_->targets[index];
  transfers_.start(
      flights_.begin({Flight::Kind::on_demand, index, on_demand}),
      probe_request(target, runtime.url, runtime.credential.get(), std::min(timeout, target.connection->timeout)));
  return true;
}

ProbeRecord Prober::Impl::conclude_on_demand(const Flight& flight, const http::Response& response) {
  Runtime& runtime = runtimes_[flight.target];
  TargetState state = runtime.state;  // a copy: an extra probe moves nothing on
  Verdict verdict = judge(*runtime.checks, response, circumstances(runtime), system_clock::now());
  if (verdict.refusal && runtime.inquiry.in_episode()) {
    const config::Target& target = config_->targets[flight.target];
    verdict.refusal = runtime.inquiry.weighed(surroundings(flight.target), next_answer(target));
  }
  ProbeRecord record = record_of(flight.target, verdict, response, state);
  record.on_demand = flight.on_demand;
  tell_guard(runtime, record);
  return record;
}

}  // namespace authprobe::prober
