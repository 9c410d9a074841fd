// The requests for targets that are under way: what each is for, and whose. A request is known to the transfers by its
// place here, so the table is as small as what is under way, and a reload only has to look through that. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace authprobe::prober {

struct Flight {
  enum class Kind : std::uint8_t { probe, inquiry, on_demand };
  static constexpr std::size_t kGone = SIZE_MAX;  // a reload took the target away, or made another one of it

  Kind kind = Kind::probe;
  std::size_t target = kGone;   // index into Config::targets
  std::uint64_t on_demand = 0;  // as given to Prober::probe_now()
};

class Flights {
 public:
  // The number under which the request starts. It is given out again after end().
  std::uint64_t begin(const Flight& flight) {
    on_demand_ += flight.kind == Flight::Kind::on_demand ? 1 : 0;
    if (free_.empty()) {
      flights_.push_back(flight);
      return flights_.size() - 1;
    }
    const std::uint64_t number = free_.back();
    free_.pop_back();
    flights_[number] = flight;
    return number;
  }

  const Flight& at(std::uint64_t number) const { return flights_[number]; }

  // The request is over: each one ends once.
  Flight end(std::uint64_t number) {
    const Flight flight = flights_[number];
    on_demand_ -= flight.kind == Flight::Kind::on_demand ? 1 : 0;
    flights_[number] = {};
    free_.push_back(number);
    return flight;
  }

  // After a reload: `moved_to[old target]` is its new index, or kGone.
  void move(const std::vector<std::size_t>& moved_to) {
    for (Flight& flight : flights_) {
      if (flight.target != Flight::kGone) flight.target = moved_to[flight.target];
    }
  }

  std::size_t on_demand() const { return on_demand_; }

 private:
  std::vector<Flight> flights_;  // by number; the ended ones have no target
  std::vector<std::uint64_t> free_;
  std::size_t on_demand_ = 0;
};

}  // namespace authprobe::prober
