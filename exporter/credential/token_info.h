// What a server says about a token or another secret that it is asked about: introspection and expiry lookups. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/wire/headers.h"
#include "exporter/wire/time.h"

namespace authprobe::credential {

struct TokenInfo {
  std::optional<WallTime> expires_at;  // none: never, or not `active`
  std::optional<WallTime> issued_at;
  std::optional<std::vector<std::string>> scopes;
  std::string id;              // the issuer's, of the credential; empty: the answer does not tell
  std::optional<bool> active;  // where the answer says it
  bool tells_expiry = true;    // false: it is not known from this answer
  bool used_up = false;        // each question costs one of a limited number of uses: do not ask again
};

// RFC 7662, section 2.2. Nothing where the body is no such answer.
std::optional<TokenInfo> read_introspection(std::string_view body, WallTime now);

// The answer of a successful lookup. An absent or null place means never; a place that cannot be read gives nothing,
// nor does a list in which no row, or more than one, shows a part of `secret`.
std::optional<TokenInfo> read_lookup(const config::ExpiryLookup& lookup, std::span<const wire::Header> headers,
                                     std::string_view body, WallTime now, std::string_view secret = {});

}  // namespace authprobe::credential
