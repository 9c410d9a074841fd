// The requests in flight: what each is for, and whose. A request is known to the transfers by its place here, so the
// table is as small as what is in flight, and a reload only has to look through that. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace authprobe::prober {

struct InFlight {
  enum class Kind : std::uint8_t { probe, control, on_demand, task, list };
  static constexpr std::size_t kDropped = SIZE_MAX;  // a reload took the target away, or made another one of it

  Kind kind = Kind::probe;
  std::size_t target = kDropped;  // index into Config::targets; a task and a list have none
  std::uint64_t number = 0;       // on_demand: as given to Prober::probe_now(); task, list: as their owners number them
};

class InFlightTable {
 public:
  // The number under which the request starts. It is given out again after end().
  std::uint64_t begin(const InFlight& request) {
    on_demand_ += request.kind == InFlight::Kind::on_demand ? 1 : 0;
    if (free_.empty()) {
      requests_.push_back(request);
      return requests_.size() - 1;
    }
    const std::uint64_t number = free_.back();
    free_.pop_back();
    requests_[number] = request;
    return number;
  }

  const InFlight& at(std::uint64_t number) const { return requests_[number]; }

  // The request is over: each one ends once.
  InFlight end(std::uint64_t number) {
    const InFlight request = requests_[number];
    on_demand_ -= request.kind == InFlight::Kind::on_demand ? 1 : 0;
    requests_[number] = {};
    free_.push_back(number);
    return request;
  }

  // After a reload: `moved_to[old target]` is its new index, or kDropped.
  void move(const std::vector<std::size_t>& moved_to) {
    for (InFlight& request : requests_) {
      if (request.target != InFlight::kDropped) request.target = moved_to[request.target];
    }
  }

  std::size_t on_demand() const { return on_demand_; }

 private:
  std::vector<InFlight> requests_;  // by number; the ended ones have no target
  std::vector<std::uint64_t> free_;
  std::size_t on_demand_ = 0;
};

}  // namespace authprobe::prober
