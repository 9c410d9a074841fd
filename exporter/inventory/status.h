// What is known of an inventory now: the value that metrics and pages are fed with.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/inventory/entry.h"
#include "exporter/wire/time.h"

namespace authprobe::inventory {

// Why a list could not be read. These words are label values, but for the first.
// credential: there is none to send; transport: no HTTP answer; refused: 401 or 403; rate_limited: the issuer did not
// answer within the time for a list; status: another status code; unreadable: no list in the answer; too_long: more
// secrets or requests than configured; elsewhere: the next page is at another origin.
enum class Failure : std::uint8_t {
  none,
  credential,
  transport,
  refused,
  rate_limited,
  status,
  unreadable,
  too_long,
  elsewhere
};
inline constexpr std::size_t kFailureCount = 9;
inline std::string_view to_string(Failure failure) {
  constexpr std::array<std::string_view, kFailureCount> kWords{
      "none", "credential", "transport", "refused", "rate_limited", "status", "unreadable", "too_long", "elsewhere"};
  return kWords[static_cast<std::size_t>(failure)];
}

struct Status {
  std::string name;
  std::shared_ptr<const EntryList> list;                // the last complete one; null: none yet
  std::array<std::uint64_t, kFailureCount> failures{};  // indexed by Failure
  Failure failure = Failure::none;                      // of the last attempt
  std::string problem;                                  // its words; empty: none
  std::optional<WallTime> attempted_at;                 // when the last attempt ended; none: none has
};

}  // namespace authprobe::inventory
