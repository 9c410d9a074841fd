#include "exporter/credential/validity.h"

#include <algorithm>
#include <tuple>

#include "exporter/config/lifetime.h"

namespace authprobe::credential {
namespace {

using std::chrono::seconds;

bool wins(const ExpiryClaim& a, const ExpiryClaim& b) {
  const auto rank = [](const ExpiryClaim& claim) {
    return std::tuple(!claim.at, claim.source == ExpirySource::declared, claim.at.value_or(WallTime::max()),
                      claim.source);
  };
  return rank(a) < rank(b);
}

// A source that knows only the end may be beside one that knows the beginning.
std::optional<WallTime> issued_at(std::span<const ExpiryClaim> claims, const ExpiryClaim& winner,
                                  const config::ExpiryRules& rules) {
  if (winner.issued_at) return winner.issued_at;
  for (const ExpiryClaim& claim : claims) {
    if (claim.kind == winner.kind && claim.issued_at) return claim.issued_at;
  }
  if (rules.issued_at) return *rules.issued_at;
  return std::nullopt;
}

seconds whole(std::chrono::milliseconds duration) {
  return std::chrono::duration_cast<seconds>(duration);
}

// kubelet, for one, renews at 80 % of the lifetime: https://github.com/kubernetes/kubernetes/issues/73221
std::optional<seconds> warn_after_renewal_is_missed(const std::optional<seconds>& lifetime,
                                                    std::optional<seconds> left_at_renewal) {
  constexpr seconds kLeastPatience{60};
  if (left_at_renewal) {
    const seconds patience = std::max(kLeastPatience, lifetime.value_or(seconds{0}) / 20);
    return *left_at_renewal - std::min(patience, *left_at_renewal / 2);
  }
  if (lifetime) return *lifetime / 10;
  return std::nullopt;
}

struct Thresholds {
  seconds warn{0};
  seconds critical{0};
};

Thresholds thresholds_of(const std::optional<seconds>& lifetime, const config::ExpiryRules& rules,
                         std::optional<seconds> left_at_renewal) {
  auto [warn, critical] = config::usual_warning_times(lifetime);
  if (rules.renewed == config::Renewal::automatic) {
    if (const auto missed = warn_after_renewal_is_missed(lifetime, left_at_renewal)) {
      warn = *missed;
      critical = warn / 2;
    }
  }
  Thresholds thresholds;
  thresholds.warn = rules.warn_before ? whole(*rules.warn_before) : warn;
  thresholds.critical = rules.critical_before ? whole(*rules.critical_before) : std::min(critical, thresholds.warn);
  return thresholds;
}

}  // namespace

std::optional<WallTime> Validity::end() const {
  for (const ExpiryKind kind : {ExpiryKind::access, ExpiryKind::certificate}) {
    for (const Expiry& expiration : ends) {
      if (expiration.kind == kind) return expiration.at;
    }
  }
  return std::nullopt;
}

Validity validity_of(std::span<const ExpiryClaim> claims, const config::ExpiryRules& rules,
                     std::optional<seconds> left_at_renewal) {
  Validity span;
  bool never = false;
  for (std::size_t i = 0; i < kExpiryKindCount; ++i) {
    const ExpiryClaim* winner = nullptr;
    for (const ExpiryClaim& claim : claims) {
      if (static_cast<std::size_t>(claim.kind) != i) continue;
      if (winner == nullptr || wins(claim, *winner)) winner = &claim;
    }
    if (winner == nullptr) continue;
    if (!winner->at) {
      never = true;
      continue;
    }
    std::optional<seconds> lifetime;
    const auto issued = issued_at(claims, *winner, rules);
    if (issued && *issued < *winner->at) lifetime = std::chrono::duration_cast<seconds>(*winner->at - *issued);
    if (!span.lifetime) span.lifetime = lifetime;
    Expiry& end = span.ends.emplace_back(Expiry{winner->kind, winner->source, *winner->at});
    if (rules.sliding) continue;
    const Thresholds thresholds = thresholds_of(lifetime, rules, left_at_renewal);
    end.warn_before = thresholds.warn;
    end.critical_before = thresholds.critical;
  }
  span.state = rules.sliding        ? ExpiryState::sliding
               : !span.ends.empty() ? ExpiryState::known
               : never              ? ExpiryState::never
                                    : ExpiryState::unknown;
  if (span.state != ExpiryState::known) return span;
  const Thresholds thresholds = thresholds_of(span.lifetime, rules, left_at_renewal);
  span.warn_before = thresholds.warn;
  span.critical_before = thresholds.critical;
  return span;
}

}  // namespace authprobe::credential
