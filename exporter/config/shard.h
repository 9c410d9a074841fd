// A share of one configuration's targets that several processes probe together.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "exporter/config/config.h"

namespace authprobe::config {

struct Shard {
  static constexpr std::uint32_t kMost = 10'000;

  std::uint32_t index = 0;  // below `count`
  std::uint32_t count = 1;
  bool operator==(const Shard&) const = default;
};

// Reads "I/N" with 0 <= I < N <= kMost. I may be the end of a name, like that of a StatefulSet's pod: "authprobe-3/8".
// Nothing for any other text.
std::optional<Shard> parse_shard(std::string_view text);

// The shard of a name, in [0, count). From N to N + 1 shards only one name in N + 1 moves, all of them to the new
// shard: jump consistent hash (Lamping and Veach, https://arxiv.org/abs/1406.2294).
std::uint32_t shard_of(std::string_view name, std::uint32_t count);

// Keeps the targets and inventories of this shard and the credentials that they need, including next and introspecting
// credentials. A
// credential that no target of the whole configuration needs belongs to the shard of its own name.
void keep_shard(const Shard& shard, Config& config);

}  // namespace authprobe::config
