// How many controls the refusals of one credential may send: what one of its targets tells, ten thousand need not ask
// again. Pure.
#pragma once

#include <chrono>
#include <string>
#include <unordered_map>

#include "exporter/prober/slot_clock.h"

namespace authprobe::prober {

class ControlBudget {
 public:
  static constexpr int kMost = 16;  // in a minute
  static constexpr std::chrono::minutes kWindow{1};

  bool has_room(const std::string& credential, SlotTime now) {
    Used& used = used_[credential];
    if (now - used.since >= kWindow) used = {now, 0};
    return used.controls < kMost;
  }
  void take(const std::string& credential) { ++used_[credential].controls; }

 private:
  struct Used {
    SlotTime since{};
    int controls = 0;
  };
  std::unordered_map<std::string, Used> used_;  // by credential; as many as were ever configured
};

}  // namespace authprobe::prober
