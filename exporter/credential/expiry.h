// When a credential ends, and who says so. These words are label values.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "exporter/wire/time.h"

namespace authprobe::credential {

// secret: what tokens are fetched with.
enum class ExpiryKind : std::uint8_t { access, refresh, certificate, secret };
inline constexpr std::size_t kExpiryKindCount = 4;
std::string_view to_string(ExpiryKind kind);

enum class ExpirySource : std::uint8_t {
  jwt,
  token_response,
  introspection,
  lookup,
  inventory,
  header,
  certificate,
  declared
};
inline constexpr std::size_t kExpirySourceCount = 8;
std::string_view to_string(ExpirySource source);

// known: a time; never: a source says that it does not end; unknown: no source says anything; sliding: each use moves
// the end on, so that the remaining time means nothing.
enum class ExpiryState : std::uint8_t { known, never, unknown, sliding };
inline constexpr std::size_t kExpiryStateCount = 4;
std::string_view to_string(ExpiryState state);

struct Expiry {
  ExpiryKind kind = ExpiryKind::access;
  ExpirySource source = ExpirySource::declared;
  WallTime at;
  // When to warn of it: of each end by its own lifetime. None where it slides. They follow from the rest.
  std::optional<std::chrono::seconds> warn_before = std::nullopt;
  std::optional<std::chrono::seconds> critical_before = std::nullopt;
  bool operator==(const Expiry& other) const { return kind == other.kind && source == other.source && at == other.at; }
};

}  // namespace authprobe::credential
