// Asks for memory before it is needed. A target's own data has left the caches since its last probe, and a probe that
// waits for each line of it in turn waits for longer than it computes.
#pragma once

#include <cstdint>

namespace authprobe::prober {

// Begins to fetch the cache lines from `begin` to `end`, and does not wait.
inline void prefetch(const void* begin, const void* end) {
  constexpr std::uintptr_t kCacheLine = 64;
  const auto last = reinterpret_cast<std::uintptr_t>(end);
  for (auto line = reinterpret_cast<std::uintptr_t>(begin) / kCacheLine * kCacheLine; line < last; line += kCacheLine) {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): nothing is read through it
    __builtin_prefetch(reinterpret_cast<const void*>(line));
  }
}

template <typename T>
void prefetch(const T& object) {
  prefetch(&object, &object + 1);
}

}  // namespace authprobe::prober
