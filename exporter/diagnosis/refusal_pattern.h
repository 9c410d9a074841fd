// What the refused ones of a target's recent probes have in common: the address that was asked, the node that answered,
// the secret, the budget, the minute. Pure.
//
// The rule: of the probes whose value is known, a group (all at one address, for example) is compared with the rest by
// Fisher's exact test, one-sided: how often would chance put as many refusals into this group? The pattern is said
// where that times the number of groups tried is at most kMostChance, at least kLeastShare of the group and at most
// kMostElsewhere of the rest were refused, and the refusals in the group came in kLeastRuns runs or more: addresses and
// outages both last over several probes, and two that overlap once prove nothing. A change of the secret happens once,
// so there the runs do not count, but nothing may have been refused before it, the first refusal must come soon after
// it, and the chance counts five times.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace authprobe::diagnosis {

// One probe. Numbers name things that the caller knows by name; 0: not known.
struct ProbeFacts {
  std::uint32_t second = 0;  // since 1970
  std::uint8_t address = 0;
  std::uint8_t node = 0;    // as the answer names the instance that made it
  std::uint8_t server = 0;  // the software that answered, and the proxies on the way back
  std::uint8_t secret = 0;  // counts its changes, from 1
  bool refused = false;
  bool let_in = false;  // as expected; neither: something else went wrong
  std::optional<bool> budget_used_up = {};
  std::optional<bool> first_of_minute = {};
};

struct RefusalPattern {
  enum class Kind : std::uint8_t { address, node, server, secret, budget, minute };
  Kind kind = Kind::address;
  std::uint8_t value = 0;  // of kinds address, node, server: the number of the one that refuses
  int refused = 0;         // in the group
  int probes = 0;
  int refused_elsewhere = 0;
  int probes_elsewhere = 0;
  std::string where = {};  // the value's name, for those who tell the pattern
};

inline constexpr double kMostChance = 0.005;
inline constexpr double kLeastShare = 0.7;
inline constexpr double kMostElsewhere = 0.1;
inline constexpr int kLeastRuns = 3;

// The pattern that chance explains worst, in which the last probe's refusal has its place; nothing where there is none.
// `probes` in order of time, the last one refused.
std::optional<RefusalPattern> refusal_pattern(std::span<const ProbeFacts> probes);

// "refused 5 of 5 at 192.0.2.12, 0 of 11 elsewhere"
std::string in_words(const RefusalPattern& pattern);

}  // namespace authprobe::diagnosis
