// Asks for memory before it is needed. A target's own data has left the caches since its last probe, and a probe that
// waits for each line of it in turn waits for longer than it computes.
#pragma once

#include <cstddef>

namespace authprobe::prober {

inline constexpr std::size_t kCacheLine = 64;

// Begins to fetch the first `bytes` bytes of an object, and does not wait.
template <typename T>
void prefetch(const T& object, std::size_t bytes = sizeof(T)) {
  const auto* at = reinterpret_cast<const char*>(&object);
  for (std::size_t offset = 0; offset < bytes; offset += kCacheLine) __builtin_prefetch(at + offset);
}

}  // namespace authprobe::prober
