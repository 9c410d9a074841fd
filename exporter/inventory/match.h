// Which entry of an issuer's list is one of our credentials. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exporter/config/config.h"
#include "exporter/inventory/entry.h"
#include "exporter/wire/time.h"

namespace authprobe::inventory {

// How an entry was found to be a credential; the surest first.
enum class MatchedBy : std::uint8_t {
  listed_as,  // the configuration says so
  id,         // the issuer's id of the secret
  client,     // the id of its client, and the first characters of its secret
  name        // the only usable entry of the credential's own name, at its own issuer
};
std::string_view to_string(MatchedBy by);

struct Match {
  const Entry* entry = nullptr;
  MatchedBy by = MatchedBy::listed_as;
};

// An entry that is one of our credentials, for metrics and pages.
struct Listed {
  std::string inventory;
  std::string id;
  std::string name;
  MatchedBy by = MatchedBy::listed_as;
  bool operator==(const Listed&) const = default;
};

// A credential as issuers know it. The views outlive the search only.
struct Identity {
  const config::Credential& config;
  std::string_view issuer_id;  // as the issuer tells whoever uses it; empty: it does not
  std::string_view key_id;     // of an access key or a signing key: unique beyond its issuer; empty: none
  std::string_view client_id;  // empty: none
  std::string_view secret;     // the configured one
};

// Finds credentials in one list, which outlives this object, as `rules` do.
class Finder {
 public:
  Finder(const EntryList& list, const config::Inventory& rules);
  std::optional<Match> find(const Identity& identity, WallTime now) const;

 private:
  const Entry* with_id(std::string_view id) const;
  const Entry* by_id(const Identity& identity) const;
  const Entry* by_client(const Identity& identity) const;
  const Entry* by_name(const Identity& identity, WallTime now) const;
  bool is_issuer_of(const config::Credential& credential) const;

  const EntryList& list_;
  const config::Inventory& rules_;
  std::unordered_multimap<std::string_view, const Entry*> ids_;  // also by what stands behind the last slash
  std::unordered_multimap<std::string_view, const Entry*> clients_;
};

}  // namespace authprobe::inventory
