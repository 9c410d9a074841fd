#include "exporter/prober/admission.h"

#include <algorithm>

namespace authprobe::prober {

Admission::Admission(int max_in_flight, int max_per_host, std::vector<std::uint32_t> host_of)
    : max_in_flight_(static_cast<std::size_t>(std::max(1, max_in_flight))),
      max_per_host_(static_cast<std::size_t>(std::max(1, max_per_host))),
      host_of_(std::move(host_of)),
      next_(host_of_.size(), kNone),
      waiting_(host_of_.size(), false),
      hosts_(host_of_.empty() ? 0 : *std::max_element(host_of_.begin(), host_of_.end()) + 1) {}

void Admission::give_turn(std::uint32_t number) {
  Host& host = hosts_[number];
  if (host.has_turn || host.first == kNone || host.in_flight >= max_per_host_) return;
  host.has_turn = true;
  turns_.push_back(number);
}

void Admission::offer(std::size_t target) {
  const std::uint32_t number = host_of_[target];
  Host& host = hosts_[number];
  const auto index = static_cast<std::uint32_t>(target);
  next_[target] = kNone;
  waiting_[target] = true;
  if (host.first == kNone) {
    host.first = index;
  } else {
    next_[host.last] = index;
  }
  host.last = index;
  give_turn(number);
}

std::optional<std::size_t> Admission::next() {
  if (in_flight_ >= max_in_flight_ || turns_.empty()) return std::nullopt;
  const std::uint32_t number = turns_.front();
  turns_.pop_front();
  Host& host = hosts_[number];
  host.has_turn = false;
  const std::uint32_t target = host.first;
  host.first = next_[target];
  waiting_[target] = false;
  ++host.in_flight;
  ++in_flight_;
  give_turn(number);
  return target;
}

void Admission::finished(std::size_t target) {
  const std::uint32_t number = host_of_[target];
  --hosts_[number].in_flight;
  --in_flight_;
  give_turn(number);
}

void Admission::adopt(std::size_t target) {
  ++hosts_[host_of_[target]].in_flight;
  ++in_flight_;
}

}  // namespace authprobe::prober
