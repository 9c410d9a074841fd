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
std::optional<seconds> warn_after_renewal_is_missed(const Validity& span, std::optional<seconds> left_at_renewal) {
  constexpr seconds kLeastPatience{60};
  if (left_at_renewal) {
    const seconds patience = std::max(kLeastPatience, span.lifetime.value_or(seconds{0}) / 20);
    return *left_at_renewal - std::min(patience, *left_at_renewal / 2);
  }
  if (span.lifetime) return *span.lifetime / 10;
  return std::nullopt;
}

void set_thresholds(Validity& span, const config::ExpiryRules& rules, std::optional<seconds> left_at_renewal) {
  auto [warn, critical] = config::usual_warning_times(span.lifetime);
  if (rules.renewed == config::Renewal::automatic) {
    if (const auto missed = warn_after_renewal_is_missed(span, left_at_renewal)) {
      warn = *missed;
      critical = warn / 2;
    }
  }
  span.warn_before = rules.warn_before ? whole(*rules.warn_before) : warn;
  span.critical_before = rules.critical_before ? whole(*rules.critical_before) : std::min(critical, *span.warn_before);
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
    span.ends.push_back({winner->kind, winner->source, *winner->at});
    const auto issued = issued_at(claims, *winner, rules);
    if (!span.lifetime && issued && *issued < *winner->at) {
      span.lifetime = std::chrono::duration_cast<seconds>(*winner->at - *issued);
    }
  }
  span.state = rules.sliding        ? ExpiryState::sliding
               : !span.ends.empty() ? ExpiryState::known
               : never              ? ExpiryState::never
                                    : ExpiryState::unknown;
  if (span.state == ExpiryState::known) set_thresholds(span, rules, left_at_renewal);
  return span;
}

}  // namespace authprobe::credential
