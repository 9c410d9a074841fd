#include "exporter/credential/token_info.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exporter/wire/json.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

using Json = nlohmann::json;

// Absent and null mean never; nothing where there is something that is no time.
std::optional<wire::Moment> moment_at(const Json* value, WallTime now, wire::TimeFormat format) {
  if (value == nullptr || value->is_null()) return wire::Moment{true, {}};
  if (value->is_number()) return wire::read_timestamp(value->get<double>(), now, format);
  if (value->is_string()) return wire::read_timestamp(value->get_ref<const std::string&>(), now, format);
  return std::nullopt;
}

std::optional<WallTime> time_at(const Json& document, const std::string& pointer, WallTime now) {
  const auto moment = pointer.empty() ? std::nullopt : moment_at(wire::find_at(document, pointer), now, {});
  return moment && !moment->never ? std::optional(moment->at) : std::nullopt;
}

// "read write" or ["read", "write"].
std::optional<std::vector<std::string>> scopes_of(const Json* value) {
  std::vector<std::string> scopes;
  if (value != nullptr && value->is_string()) {
    std::istringstream words(value->get_ref<const std::string&>());
    for (std::string word; words >> word;) scopes.push_back(word);
    return scopes;
  }
  if (value == nullptr || !value->is_array()) return std::nullopt;
  for (const Json& scope : *value) {
    if (scope.is_string()) scopes.push_back(scope.get<std::string>());
  }
  return scopes;
}

// A string, a number or a boolean; empty where there is none.
std::string word_at(const Json& document, const std::string& pointer) {
  const Json* value = pointer.empty() ? nullptr : wire::find_at(document, pointer);
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  return value->is_number() || value->is_boolean() ? value->dump() : std::string();
}

std::optional<bool> activity(const Json& document, const config::ExpiryLookup& lookup) {
  const std::string state = word_at(document, lookup.state_pointer);
  if (state.empty()) return std::nullopt;
  return std::ranges::any_of(lookup.active_states,
                             [&](const std::string& active) { return wire::equal_ignoring_case(active, state); });
}

// "npm_aB3x", "71c3fc11" or "sk-ab...wxyz": the beginning of a secret, its end, or both. Less than 4 characters are
// those of others too.
bool shows(std::string_view shown, std::string_view secret) {
  constexpr std::size_t kLeast = 4;
  if (shown.size() >= kLeast && (secret.starts_with(shown) || secret.ends_with(shown))) return true;
  for (const std::string_view mask : {"*", "...", "\u2026"}) {
    const std::size_t first = shown.find(mask);
    if (first == std::string_view::npos) continue;
    const std::string_view beginning = shown.substr(0, first);
    const std::string_view end = shown.substr(shown.rfind(mask) + mask.size());
    const std::size_t size = beginning.size() + end.size();
    return size >= kLeast && size <= secret.size() && secret.starts_with(beginning) && secret.ends_with(end);
  }
  return false;
}

// The only row that shows the secret; null: none, or several.
const Json* own_row(const Json& document, const config::ExpiryLookup& lookup, std::string_view secret) {
  const Json* rows = wire::find_at(document, lookup.rows_pointer);
  if (rows == nullptr || !rows->is_array()) return nullptr;
  const Json* found = nullptr;
  for (const Json& row : *rows) {
    if (!shows(word_at(row, lookup.secret_pointer), secret)) continue;
    if (found != nullptr) return nullptr;
    found = &row;
  }
  return found;
}

// Vault: a token with a limited number of uses is used up by questions about it.
bool is_used_up(const Json& document) {
  const Json* uses = wire::find_at(document, "/data/num_uses");
  return uses != nullptr && uses->is_number() && uses->get<double>() > 0;
}

}  // namespace

std::optional<TokenInfo> read_introspection(std::string_view body, WallTime now) {
  const Json document = Json::parse(body, nullptr, false);
  const Json* active = document.is_object() ? wire::find_at(document, "/active") : nullptr;
  if (active == nullptr || !active->is_boolean()) return std::nullopt;
  TokenInfo info;
  info.active = active->get<bool>();
  const Json* exp = wire::find_at(document, "/exp");
  const auto end = moment_at(exp, now, wire::TimeFormat::unix_seconds);
  info.tells_expiry = *info.active && exp != nullptr && end.has_value();
  if (info.tells_expiry && !end->never) info.expires_at = end->at;
  info.issued_at = time_at(document, "/iat", now);
  info.scopes = scopes_of(wire::find_at(document, "/scope"));
  return info;
}

std::optional<TokenInfo> read_lookup(const config::ExpiryLookup& lookup, std::span<const wire::Header> headers,
                                     std::string_view body, WallTime now, std::string_view secret) {
  TokenInfo info;
  std::optional<wire::Moment> end = wire::Moment{true, {}};
  if (!lookup.header.empty()) {
    if (const std::string* value = wire::find_header(headers, lookup.header)) {
      end = wire::read_timestamp(*value, now, lookup.format);
    }
  } else {
    const Json document = Json::parse(body, nullptr, false);
    if (!document.is_object() && !document.is_array()) return std::nullopt;
    const Json* row = lookup.secret_pointer.empty() ? &document : own_row(document, lookup, secret);
    if (row == nullptr) return std::nullopt;
    end = moment_at(wire::find_at(*row, lookup.json_pointer), now, lookup.format);
    info.issued_at = time_at(*row, lookup.issued_pointer, now);
    info.scopes = scopes_of(wire::find_at(*row, lookup.scopes_pointer));
    info.id = word_at(*row, lookup.id_pointer);
    info.active = activity(*row, lookup);
    info.used_up = is_used_up(document);
  }
  if (!end) return std::nullopt;
  if (!end->never) info.expires_at = end->at;
  return info;
}

}  // namespace authprobe::credential
