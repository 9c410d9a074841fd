#include "exporter/credential/token_info.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "exporter/wire/json.h"

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

std::string id_at(const Json& document, const std::string& pointer) {
  const Json* value = pointer.empty() ? nullptr : wire::find_at(document, pointer);
  if (value == nullptr) return {};
  if (value->is_string()) return value->get<std::string>();
  return value->is_number() ? value->dump() : std::string();
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
                                     std::string_view body, WallTime now) {
  TokenInfo info;
  std::optional<wire::Moment> end = wire::Moment{true, {}};
  if (!lookup.header.empty()) {
    if (const std::string* value = wire::find_header(headers, lookup.header)) {
      end = wire::read_timestamp(*value, now, lookup.format);
    }
  } else {
    const Json document = Json::parse(body, nullptr, false);
    if (!document.is_object() && !document.is_array()) return std::nullopt;
    end = moment_at(wire::find_at(document, lookup.json_pointer), now, lookup.format);
    info.issued_at = time_at(document, lookup.issued_pointer, now);
    info.scopes = scopes_of(wire::find_at(document, lookup.scopes_pointer));
    info.id = id_at(document, lookup.id_pointer);
    info.used_up = is_used_up(document);
  }
  if (!end) return std::nullopt;
  if (!end->never) info.expires_at = end->at;
  return info;
}

}  // namespace authprobe::credential
