// A hash of names that is the same in every build, on every machine, for ever: slots and shards depend on it.
#pragma once

#include <cstdint>
#include <string_view>

namespace authprobe::config {

// FNV-1a with a final mix (MurmurHash3's), since names that differ only in the last digit must be spread too. Another
// `seed` gives an independent hash.
constexpr std::uint64_t stable_hash(std::string_view name, std::uint64_t seed = 0) {
  std::uint64_t hash = 14695981039346656037u ^ seed;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdu;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53u;
  return hash ^ (hash >> 33);
}

}  // namespace authprobe::config
