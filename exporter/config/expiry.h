// What the file says about a credential's end and reach: what is declared, who can be asked, when to warn, and which
// scopes it should have.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "exporter/wire/time.h"
#include "exporter/wire/url.h"

namespace authprobe::config {

using wire::TimeFormat;

// A header of the targets' own answers that tells when the credential ends.
struct ExpiryHeader {
  std::string name;  // empty: none
  TimeFormat format = TimeFormat::automatic;
  bool operator==(const ExpiryHeader&) const = default;
};

// A URL that tells, asked with the credential itself, when it ends. Never one that renews or rotates.
struct ExpiryLookup {
  wire::Url url;               // empty: none
  std::string json_pointer;    // RFC 6901; with `header` empty
  std::string header;          // instead of a place in the body
  std::string issued_pointer;  // where the answer tells when it was issued; empty: nowhere
  TimeFormat format = TimeFormat::automatic;
  std::chrono::milliseconds interval{std::chrono::hours{1}};
  bool operator==(const ExpiryLookup&) const = default;
};

// RFC 7662: the authorization server is asked about the token, by a client that authenticates with a credential of its
// own.
struct Introspection {
  wire::Url url;           // empty: none
  std::string credential;  // a name in Config::credentials; empty: the token vouches for itself, as a bearer
  std::chrono::milliseconds interval{std::chrono::minutes{5}};
  bool operator==(const Introspection&) const = default;
};

// Beside Credential::expires_at.
struct ExpiryRules {
  bool sliding = false;                            // each use moves the end on: remaining time means nothing
  std::optional<std::chrono::sys_days> issued_at;  // with `max_age`, which ends it, or to know the lifetime
  std::optional<std::chrono::milliseconds> max_age;
  std::optional<std::chrono::milliseconds> warn_before;  // none: after the lifetime
  std::optional<std::chrono::milliseconds> critical_before;
  ExpiryHeader header;
  ExpiryLookup lookup;
  Introspection introspection;
  bool operator==(const ExpiryRules&) const = default;
};

struct ScopeRules {
  std::vector<std::string> required;
  std::vector<std::string> allowed;  // empty: any
  bool operator==(const ScopeRules&) const = default;
};

}  // namespace authprobe::config
