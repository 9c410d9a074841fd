#include <string>
#include <unordered_map>
#include <utility>

#include "exporter/prober/prober_impl.h"

namespace authprobe::prober {
namespace {

// What bounds on one host count: the socket, or scheme, host and port.
std::string host_key(const config::Target& target) {
  return target.connection->unix_socket.empty() ? target.url.origin() : target.connection->unix_socket;
}

// Values that wait to be taken follow their targets; those whose target is gone are dropped.
template <typename Values>
void renumber(Values& values, const std::vector<std::size_t>& moved_to) {
  for (auto& value : values) value.target = moved_to[value.target];
  std::erase_if(values, [](const auto& value) { return value.target == Flight::kGone; });
}

}  // namespace

Prober::Impl::Impl(std::shared_ptr<const config::Config> config,
                   std::shared_ptr<const diagnosis::Signatures> signatures)
    : transfers_(http::TransferSet::Options::from(config->settings)) {
  load(std::move(config), std::move(signatures));
}

std::vector<Runtime> Prober::Impl::runtimes_of(const config::Config& config, std::vector<std::size_t>& moved_to) {
  moved_to.assign(runtimes_.size(), Flight::kGone);
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
      moved_to[old->second] = runtimes.size();
    } else {
      runtime.url = http::prepared(target.url);
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
  std::vector<std::size_t> moved_to;
  std::vector<Runtime> runtimes = runtimes_of(*config, moved_to);
  flights_.move(moved_to);
  renumber(ready_, moved_to);
  renumber(refinements_, moved_to);
  std::unordered_map<std::string, std::uint32_t> hosts;
  std::vector<std::uint32_t> host_of;
  host_of.reserve(config->targets.size());
  for (const auto& target : config->targets) {
    host_of.push_back(hosts.try_emplace(host_key(target), hosts.size()).first->second);
  }
  Siblings siblings(config->targets, host_of);
  BlastRadius blast_radius(*config);
  Admission admission(config->settings.max_in_flight, config->settings.max_in_flight_per_host, std::move(host_of));
  Schedule schedule;
  not_probed_ = 0;
  const Instant now = clock_.now();
  awaiting_token_.clear();
  demands_awaiting_token_.clear();
  for (std::size_t i = 0; i < runtimes.size(); ++i) {
    Runtime& runtime = runtimes[i];
    runtime.awaits_token = false;
    const auto old = runtime.slot.count() != 0;
    schedule.add(config->targets[i].name, config->targets[i].interval, !old, now);
    if (runtime.in_flight) {
      admission.adopt(i);
    } else if (old && !runtime.probed) {
      admission.offer(i);  // it was waiting for its first probe
    }
    if (!runtime.probed) ++not_probed_;
    blast_radius.move(i, State::pending, runtime.state.state);
    if (runtime.probed) siblings.note(i, runtime.state.episode.has_value());
  }
  siblings_ = std::move(siblings);
  blast_radius_ = std::move(blast_radius);
  config_ = std::move(config);
  runtimes_ = std::move(runtimes);
  schedule_ = std::move(schedule);
  admission_ = std::move(admission);
}

}  // namespace authprobe::prober
