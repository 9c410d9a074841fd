// From when to when a credential works, merged from the claims of several sources. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/credential/expiry.h"
#include "exporter/wire/time.h"

namespace authprobe::credential {

// What one source says about the end of one part of a credential.
struct ExpiryClaim {
  ExpiryKind kind = ExpiryKind::access;
  ExpirySource source = ExpirySource::declared;
  std::optional<WallTime> at;         // none: it never ends
  std::optional<WallTime> issued_at;  // where the source tells
};

struct Validity {
  std::vector<Expiry> ends;  // one per kind at most, in the order of the kinds
  ExpiryState state = ExpiryState::unknown;
  std::optional<std::chrono::seconds> lifetime;         // from issue to end
  std::optional<std::chrono::seconds> warn_before;      // none where nothing is known to end, or it slides
  std::optional<std::chrono::seconds> critical_before;  // likewise

  // When it no longer authenticates: the access part's end, or the certificate's where that is all there is.
  std::optional<WallTime> end() const;
};

// Of sources that say different times, the earliest wins: a token whose `exp` has passed is refused whatever its
// issuer's books say, and one that the books end sooner is refused whatever `exp` says. Of those that say the same, the
// first in ExpirySource's order. What people declared counts only where no other source says a time, for it is what is
// forgotten at a rotation. "Never" counts where nobody says a time: an issuer's books do not know of everything either.
//
// Warnings follow the lifetime unless configured: 14 days before the end of what lives 30 days or longer, or for an
// unknown time, a quarter of it for what lives shorter; critical 2 days before, at most a tenth of the lifetime.
//
// What a machine renews has no warning while that works: `left_at_renewal` is what its predecessors had left when they
// were replaced, and the warning begins a twentieth of the lifetime later (a minute at least, half of that time at
// most); before any was replaced, a tenth of the lifetime before the end. Critical is half of it.
Validity validity_of(std::span<const ExpiryClaim> claims, const config::ExpiryRules& rules,
                     std::optional<std::chrono::seconds> left_at_renewal = {});

}  // namespace authprobe::credential
