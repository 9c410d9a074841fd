#include "exporter/inventory/match.h"

#include <algorithm>
#include <array>

#include "exporter/config/hosts.h"

namespace authprobe::inventory {
namespace {

constexpr std::size_t kShortestKeyId = 16;  // a shorter one may be an id of another kind

bool is_usable(const Entry& entry, WallTime now) {
  return !entry.is_disabled && (!entry.ends || *entry.ends > now);
}

}  // namespace

std::string_view to_string(MatchedBy by) {
  constexpr std::array<std::string_view, 4> kWords{"listed_as", "id", "client", "name"};
  return kWords[static_cast<std::size_t>(by)];
}

Finder::Finder(const EntryList& list, const config::Inventory& rules) : list_(list), rules_(rules) {
  for (const Entry& entry : list.entries) {
    const std::string_view id = entry.id;
    ids_.emplace(id, &entry);
    if (const auto slash = id.rfind('/'); slash != std::string_view::npos) ids_.emplace(id.substr(slash + 1), &entry);
    if (!entry.client.empty() && !entry.hint.empty()) clients_.emplace(entry.client, &entry);
  }
}

std::optional<Match> Finder::find(const Identity& identity, WallTime now) const {
  const config::ListedAs& as = identity.config.listed_as;
  if (!as.inventory.empty()) {
    const Entry* entry = as.inventory == rules_.name ? find_entry(list_, as, now) : nullptr;
    return entry == nullptr ? std::nullopt : std::optional(Match{entry, MatchedBy::listed_as});
  }
  if (const Entry* entry = by_id(identity)) return Match{entry, MatchedBy::id};
  if (const Entry* entry = by_client(identity)) return Match{entry, MatchedBy::client};
  if (const Entry* entry = by_name(identity, now)) return Match{entry, MatchedBy::name};
  return std::nullopt;
}

// The list is of the service that the credential is for, and at a host of its own.
bool Finder::is_issuer_of(const config::Credential& credential) const {
  if (credential.provider.name != rules_.provider || credential.hosts.empty()) return false;
  return std::ranges::all_of(rules_.list->steps,
                             [&](const config::ListStep& step) { return config::is_home(credential, step.sample); });
}

// Null where several have it.
const Entry* Finder::with_id(std::string_view id) const {
  const auto [first, end] = ids_.equal_range(id);
  return first != end && std::next(first) == end ? first->second : nullptr;
}

const Entry* Finder::by_id(const Identity& identity) const {
  if (identity.key_id.size() >= kShortestKeyId) {
    if (const Entry* entry = with_id(identity.key_id)) return entry;
  }
  if (!is_issuer_of(identity.config)) return nullptr;
  if (!identity.issuer_id.empty()) {
    if (const Entry* entry = with_id(identity.issuer_id)) return entry;
  }
  for (const auto& [name, value] : identity.config.provider.variables) {
    if (value.size() < kShortestKeyId) continue;
    if (const Entry* entry = with_id(value)) return entry;
  }
  return nullptr;
}

// Of several with the same beginning, the one that ends last: the list is in order of the ends.
const Entry* Finder::by_client(const Identity& identity) const {
  if (identity.client_id.empty()) return nullptr;
  const Entry* found = nullptr;
  const auto [first, end] = clients_.equal_range(identity.client_id);
  for (auto at = first; at != end; ++at) {
    const bool is_later = found == nullptr || found < at->second;
    if (is_later && identity.secret.starts_with(at->second->hint)) found = at->second;
  }
  return found;
}

const Entry* Finder::by_name(const Identity& identity, WallTime now) const {
  if (!is_issuer_of(identity.config)) return nullptr;
  const Entry* found = nullptr;
  for (const Entry& entry : list_.entries) {
    if (entry.name != identity.config.name || !is_usable(entry, now)) continue;
    if (found != nullptr) return nullptr;
    found = &entry;
  }
  return found;
}

}  // namespace authprobe::inventory
