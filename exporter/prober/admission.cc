#include "exporter/prober/admission.h"

#include <algorithm>
#include <map>
#include <utility>

namespace authprobe::prober {
namespace {

std::size_t at_least_one(int number) {
  return static_cast<std::size_t>(std::max(1, number));
}

}  // namespace

Admission::Admission(int max_in_flight, int max_per_host, std::vector<std::uint32_t> host_of, const Scopes& scopes)
    : max_in_flight_(at_least_one(max_in_flight)),
      next_(host_of.size(), kNone),
      waiting_(host_of.size(), false),
      hosts_(host_of.empty() ? 0 : *std::ranges::max_element(host_of) + 1),
      scopes_(scopes.most.size() + 1) {
  for (Bounded& host : hosts_) host.most = at_least_one(max_per_host);
  for (std::size_t i = 0; i < scopes.most.size(); ++i) scopes_[i].most = at_least_one(scopes.most[i]);
  scopes_.back().most = SIZE_MAX;
  make_lanes(host_of, scopes);
}

void Admission::make_lanes(const std::vector<std::uint32_t>& host_of, const Scopes& scopes) {
  const auto no_scope = static_cast<std::uint32_t>(scopes_.size() - 1);
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> known;
  std::vector<std::size_t> lanes_at(hosts_.size());
  lane_of_.reserve(host_of.size());
  for (std::size_t target = 0; target < host_of.size(); ++target) {
    const std::uint32_t host = host_of[target];
    const std::uint32_t scope = scopes.of.empty() || scopes.of[target] == kNone ? no_scope : scopes.of[target];
    const auto [lane, is_new] = known.try_emplace({host, scope}, static_cast<std::uint32_t>(lanes_.size()));
    lane_of_.push_back(lane->second);
    if (!is_new) continue;
    lanes_.push_back({host, scope});
    ++lanes_at[host];
  }
  for (Lane& lane : lanes_) {
    const std::size_t most = hosts_[lane.host].most;
    const bool is_alone = lanes_at[lane.host] == 1;
    lane.most = lane.scope == no_scope || is_alone ? most : std::max<std::size_t>(1, most / (2 * lanes_at[lane.host]));
  }
}

void Admission::stand(std::uint32_t number) {
  Lane& lane = lanes_[number];
  if (lane.stands || lane.first == kNone || lane.in_flight >= lane.most) return;
  lane.stands = true;
  turns_.push_back(number);
}

void Admission::offer(std::size_t target) {
  const std::uint32_t number = lane_of_[target];
  Lane& lane = lanes_[number];
  const auto index = static_cast<std::uint32_t>(target);
  next_[target] = kNone;
  waiting_[target] = true;
  if (lane.first == kNone) {
    lane.first = index;
  } else {
    next_[lane.last] = index;
  }
  lane.last = index;
  stand(number);
}

void Admission::wake_next(Bounded& bounded) {
  if (bounded.is_full() || bounded.blocked.empty()) return;
  turns_.push_back(bounded.blocked.front());
  bounded.blocked.pop_front();
}

// True: the lane waits where it is blocked, and the room that it was woken for is the next one's.
bool Admission::is_blocked(std::uint32_t number) {
  Bounded& host = hosts_[lanes_[number].host];
  Bounded& scope = scopes_[lanes_[number].scope];
  if (host.is_full()) {
    host.blocked.push_back(number);
    wake_next(scope);
    return true;
  }
  if (scope.is_full()) {
    scope.blocked.push_back(number);
    wake_next(host);
    return true;
  }
  return false;
}

std::size_t Admission::take_first(Lane& lane) {
  const std::uint32_t target = lane.first;
  lane.first = next_[target];
  waiting_[target] = false;
  return target;
}

std::optional<std::size_t> Admission::next() {
  while (in_flight_ < max_in_flight_ && !turns_.empty()) {
    const std::uint32_t number = turns_.front();
    turns_.pop_front();
    if (is_blocked(number)) continue;
    Lane& lane = lanes_[number];
    lane.stands = false;
    const std::size_t target = take_first(lane);
    count(target, 1);
    stand(number);
    return target;
  }
  return std::nullopt;
}

void Admission::count(std::size_t target, int by) {
  Lane& lane = lanes_[lane_of_[target]];
  const auto change = static_cast<std::size_t>(by);  // unsigned numbers wrap: adding -1 takes one away
  in_flight_ += change;
  lane.in_flight += change;
  hosts_[lane.host].in_flight += change;
  scopes_[lane.scope].in_flight += change;
}

void Admission::finished(std::size_t target) {
  count(target, -1);
  const std::uint32_t number = lane_of_[target];
  stand(number);
  wake_next(hosts_[lanes_[number].host]);
  wake_next(scopes_[lanes_[number].scope]);
}

void Admission::adopt(std::size_t target) {
  count(target, 1);
}

}  // namespace authprobe::prober
