// The states of a target's last probes: 31 bytes per target.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "exporter/prober/target_state.h"

namespace authprobe::web {

class ProbeStrip {
 public:
  static constexpr std::size_t kKept = 60;

  void add(prober::State state) {
    const unsigned shift = next_ % 2 * 4;
    auto& pair = pairs_[next_ / 2];
    pair = static_cast<std::uint8_t>((pair & ~(0xFu << shift)) | static_cast<unsigned>(state) << shift);
    next_ = static_cast<std::uint8_t>((next_ + 1) % kKept);
    if (count_ < kKept) ++count_;
  }
  std::size_t size() const { return count_; }
  // 0 is the oldest.
  prober::State at(std::size_t index) const {
    const std::size_t place = (next_ + kKept - count_ + index) % kKept;
    return static_cast<prober::State>(pairs_[place / 2] >> (place % 2 * 4) & 0xF);
  }

 private:
  static_assert(prober::kStateCount <= 16, "a state takes four bits");
  std::array<std::uint8_t, kKept / 2> pairs_{};
  std::uint8_t next_ = 0;
  std::uint8_t count_ = 0;
};

// One letter per probe, oldest first: o ok, u unauthorized, f forbidden, r rate_limited, e exposed, x unexpected,
// n unreachable, c credential_unavailable.
std::string letters(const ProbeStrip& strip);

}  // namespace authprobe::web
