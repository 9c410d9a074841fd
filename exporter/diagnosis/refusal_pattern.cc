#include "exporter/diagnosis/refusal_pattern.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

namespace authprobe::diagnosis {
namespace {

using Kind = RefusalPattern::Kind;

// A change of the secret and the begin of refusals may fall together by chance: one such case weighs less.
constexpr int kSoon = 2;  // times the mean distance of refusals
constexpr double kDoubtOfOneChange = 5;

// A group, and which of the probes are in it; those whose value is not known are in neither part.
struct Split {
  RefusalPattern counts;
  int runs = 0;          // of refusals in the group
  int before_first = 0;  // of its probes, those before its first refusal
};

double log_choose(int of, int some) {
  return std::lgamma(of + 1) - std::lgamma(some + 1) - std::lgamma(of - some + 1);
}

// The chance that `refusals` of `all` probes, spread at random, put as many as these or more into the group.
double chance_of(const RefusalPattern& found) {
  const int all = found.probes + found.probes_elsewhere;
  const int refusals = found.refused + found.refused_elsewhere;
  double chance = 0;
  for (int in = found.refused; in <= std::min(refusals, found.probes); ++in) {
    if (refusals - in > found.probes_elsewhere) continue;
    chance += std::exp(log_choose(found.probes, in) + log_choose(found.probes_elsewhere, refusals - in) -
                       log_choose(all, refusals));
  }
  return chance;
}

// `in_group`: nothing where it is not known.
template <typename InGroup>
Split split(std::span<const ProbeFacts> probes, Kind kind, std::uint8_t value, InGroup in_group) {
  Split result;
  result.counts = {.kind = kind, .value = value};
  bool in_run = false;
  for (const ProbeFacts& probe : probes) {
    const std::optional<bool> in = in_group(probe);
    if (!in) continue;
    (*in ? result.counts.probes : result.counts.probes_elsewhere) += 1;
    if (probe.refused) (*in ? result.counts.refused : result.counts.refused_elsewhere) += 1;
    if (*in && result.counts.refused == 0) ++result.before_first;
    const bool refused_here = *in && probe.refused;
    if (refused_here && !in_run) ++result.runs;
    in_run = refused_here;
  }
  return result;
}

std::optional<std::uint8_t> value_of(const ProbeFacts& probe, Kind kind) {
  std::uint8_t value = 0;
  if (kind == Kind::address) value = probe.address;
  if (kind == Kind::node) value = probe.node;
  if (kind == Kind::server) value = probe.server;
  if (kind == Kind::secret) value = probe.secret;
  return value == 0 ? std::nullopt : std::optional(value);
}

bool is_pattern(const Split& found) {
  const RefusalPattern& counts = found.counts;
  if (counts.kind == Kind::secret) {  // refusals that a change brings come about as soon after it as they come since
    const bool soon = found.before_first * counts.refused <= kSoon * (counts.probes - found.before_first);
    return counts.refused_elsewhere == 0 && soon;
  }
  return found.runs >= kLeastRuns && counts.refused >= kLeastShare * counts.probes &&
         counts.refused_elsewhere <= kMostElsewhere * counts.probes_elsewhere;
}

// Of the groups that the last probe is in: its address, its node ... Only these can explain its refusal.
std::vector<Split> splits_of(std::span<const ProbeFacts> probes) {
  const ProbeFacts& last = probes.back();
  std::vector<Split> splits;
  for (const Kind kind : {Kind::address, Kind::node, Kind::server, Kind::secret}) {
    const auto value = value_of(last, kind);
    if (!value) continue;
    splits.push_back(split(probes, kind, *value, [&](const ProbeFacts& probe) -> std::optional<bool> {
      const auto its = value_of(probe, kind);
      return its ? std::optional(*its == *value) : std::nullopt;
    }));
  }
  if (last.budget_used_up == true) {
    splits.push_back(split(probes, Kind::budget, 0, [](const ProbeFacts& probe) { return probe.budget_used_up; }));
  }
  if (last.first_of_minute == true) {
    splits.push_back(split(probes, Kind::minute, 0, [](const ProbeFacts& probe) { return probe.first_of_minute; }));
  }
  std::erase_if(splits, [](const Split& one) { return one.counts.probes_elsewhere == 0; });
  return splits;
}

std::string group_in_words(const RefusalPattern& pattern) {
  switch (pattern.kind) {
    case Kind::address: return "at " + pattern.where;
    case Kind::node: return "by the node " + pattern.where;
    case Kind::server: return "where " + pattern.where + " answered";
    case Kind::secret: return "since the secret changed";
    case Kind::budget: return "with the rate-limit budget at 0";
    case Kind::minute: return "in the first probe of a minute";
  }
  return {};
}

std::string_view rest_in_words(Kind kind) {
  switch (kind) {
    case Kind::address:
    case Kind::server: return "elsewhere";
    case Kind::node: return "by others";
    case Kind::secret: return "before";
    case Kind::budget: return "with a budget left";
    case Kind::minute: return "in the others";
  }
  return {};
}

}  // namespace

std::optional<RefusalPattern> refusal_pattern(std::span<const ProbeFacts> probes) {
  if (probes.empty() || !probes.back().refused) return std::nullopt;
  const std::vector<Split> splits = splits_of(probes);
  const Split* best = nullptr;
  double least = kMostChance;
  for (const Split& one : splits) {
    const double doubt = one.counts.kind == Kind::secret ? kDoubtOfOneChange : 1;
    const double chance = chance_of(one.counts) * static_cast<double>(splits.size()) * doubt;
    if (!is_pattern(one) || chance > least || (best != nullptr && chance == least)) continue;
    best = &one;
    least = chance;
  }
  return best == nullptr ? std::nullopt : std::optional(best->counts);
}

std::string in_words(const RefusalPattern& pattern) {
  const auto of = [](int some, int all) { return std::to_string(some) + " of " + std::to_string(all) + ' '; };
  return "refused " + of(pattern.refused, pattern.probes) + group_in_words(pattern) + ", " +
         of(pattern.refused_elsewhere, pattern.probes_elsewhere) + std::string(rest_in_words(pattern.kind));
}

}  // namespace authprobe::diagnosis
