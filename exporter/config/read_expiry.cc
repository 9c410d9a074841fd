#include "exporter/config/read_expiry.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

namespace authprobe::config {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Duration kShortest = seconds(1);
constexpr Duration kLongest = hours(24 * 3650);
// So that a mistake in the configuration does not become load on somebody's login server.
constexpr Duration kOftenest = seconds(10);
constexpr Duration kRarest = hours(24 * 7);

// Where well-known services tell when a token ends. A place without a URL of its own is on the user's server.
struct Preset {
  std::string_view name;
  std::string_view url;
  std::string_view json_pointer;
  std::string_view issued_pointer;
  std::string_view header;
};
constexpr std::array kPresets{
    // https://docs.gitlab.com/api/personal_access_tokens/
    Preset{"gitlab", "https://gitlab.com/api/v4/personal_access_tokens/self", "/expires_at", "/created_at", ""},
    // https://developer.hashicorp.com/vault/api-docs/auth/token#lookup-a-token-self
    Preset{"vault", "", "/data/expire_time", "/data/issue_time", ""},
    // https://developers.cloudflare.com/api/resources/user/subresources/tokens/methods/verify/
    Preset{"cloudflare", "https://api.cloudflare.com/client/v4/user/tokens/verify", "/result/expires_on", "", ""},
    // https://www.fastly.com/documentation/reference/api/auth-tokens/user/
    Preset{"fastly", "https://api.fastly.com/tokens/self", "/expires_at", "/created_at", ""},
    // https://docs.github.com/rest/authentication/authenticating-to-the-rest-api
    Preset{"github", "https://api.github.com/user", "", "", "GitHub-Authentication-Token-Expiration"},
};

// False, and reported, where there is none of this name.
bool read_preset(const Field& field, ExpiryLookup& into) {
  std::array<Word<const Preset*>, kPresets.size()> words;
  for (std::size_t i = 0; i < kPresets.size(); ++i) words[i] = {kPresets[i].name, &kPresets[i]};
  const auto preset = field.choice(words);
  if (!preset) return false;
  if (!(*preset)->url.empty()) into.url = wire::Url(std::string((*preset)->url));
  into.json_pointer = (*preset)->json_pointer;
  into.issued_pointer = (*preset)->issued_pointer;
  into.header = (*preset)->header;
  return true;
}

template <typename T>
void read_interval(const Field& field, T& into) {
  assign(field.duration(kOftenest, kRarest), into.interval);
}

template <typename T>
void read_format(const Field& field, T& into) {
  assign(field.choice(kTimeFormats), into.format);
}

template <typename T>
void read_url(const Field& field, T& into) {
  const auto url = field.web_url();
  if (!url) return;
  into.url = *url;
  if (!url->https() && !url->is_loopback()) {
    field.warning("sends a credential over plain http", "use https");
  }
}

constexpr Key<ExpiryHeader> kHeaderKeys[] = {
    {"name", [](const Field& field, ExpiryHeader& into) { assign(field.token(), into.name); }},
    {"format", read_format<ExpiryHeader>},
};

constexpr Key<ExpiryLookup> kLookupKeys[] = {
    {"preset", [](const Field&, ExpiryLookup&) {}},  // read before the others: they replace what it says
    {"url", read_url<ExpiryLookup>},
    {"json_pointer", [](const Field& field, ExpiryLookup& into) { assign(field.pointer(), into.json_pointer); }},
    {"header", [](const Field& field, ExpiryLookup& into) { assign(field.token(), into.header); }},
    {"issued_pointer", [](const Field& field, ExpiryLookup& into) { assign(field.pointer(), into.issued_pointer); }},
    {"format", read_format<ExpiryLookup>},
    {"interval", read_interval<ExpiryLookup>},
};

constexpr Key<Introspection> kIntrospectionKeys[] = {
    {"url", read_url<Introspection>},
    {"credential", [](const Field& field, Introspection& into) { assign(field.name(), into.credential); }},
    {"interval", read_interval<Introspection>},
};

}  // namespace

std::span<const Key<ExpiryHeader>> expiry_header_keys() {
  return kHeaderKeys;
}
std::span<const Key<ExpiryLookup>> expiry_lookup_keys() {
  return kLookupKeys;
}
std::span<const Key<Introspection>> introspection_keys() {
  return kIntrospectionKeys;
}

void read_issued_at(const Field& field, Credential& into) {
  if (const auto* day = std::get_if<std::chrono::sys_days>(&field.value().data)) {
    into.expiry.issued_at = *day;
  } else {
    field.error("must be a date", "such as 2026-10-31, without quotes and without a time");
  }
}

void read_declared_age(const Field& field, Credential& into) {
  assign(field.duration(kShortest, kLongest), into.expiry.max_age);
}

void read_sliding(const Field& field, Credential& into) {
  assign(field.boolean(), into.expiry.sliding);
}

void read_warn_before(const Field& field, Credential& into) {
  assign(field.duration(kShortest, kLongest), into.expiry.warn_before);
}

void read_critical_before(const Field& field, Credential& into) {
  assign(field.duration(kShortest, kLongest), into.expiry.critical_before);
}

void read_expiry_header(const Field& field, Credential& into) {
  if (std::holds_alternative<std::string>(field.value().data)) {
    assign(field.token(), into.expiry.header.name);
    return;
  }
  read_table(field, expiry_header_keys(), into.expiry.header);
  if (field.table() != nullptr && !field.child("name")) field.error("must have name");
}

void read_expiry_lookup(const Field& field, Credential& into) {
  ExpiryLookup& lookup = into.expiry.lookup;
  if (field.table() == nullptr) return;
  const auto preset = field.child("preset");
  const bool knows_preset = !preset || read_preset(*preset, lookup);
  read_table(field, expiry_lookup_keys(), lookup);
  if (knows_preset && lookup.url.empty() && !field.child("url")) {
    field.error("must have url", preset ? "on your own server" : "or a preset");
  }
  if (preset) return;
  const bool both = field.child("json_pointer") && field.child("header");
  const bool none = !field.child("json_pointer") && !field.child("header");
  if (both || none) field.error("must have one of json_pointer and header", "where the answer says when it ends");
}

void read_introspection(const Field& field, Credential& into) {
  read_table(field, introspection_keys(), into.expiry.introspection);
  if (field.table() != nullptr && !field.child("url")) field.error("must have url");
}

void check_expiry(const Field& field, const Credential& credential) {
  const ExpiryRules& rules = credential.expiry;
  const auto age = field.child("max_age");
  if (rules.max_age && !field.child("issued_at")) age->error("needs issued_at", "an age since when?");
  if (rules.max_age && field.child("expires_at")) field.error("must have only one of expires_at and max_age");
  if (rules.sliding && credential.expires_at) {
    field.child("sliding")->error("goes with no expires_at", "each use moves the end on");
  }
  if (rules.warn_before && rules.critical_before && *rules.critical_before > *rules.warn_before) {
    field.child("critical_before")->error("must not be longer than warn_before");
  }
  const auto& allowed = credential.scopes.allowed;
  for (const std::string& scope : credential.scopes.required) {
    if (allowed.empty() || std::find(allowed.begin(), allowed.end(), scope) != allowed.end()) continue;
    field.child("required_scopes")->error("must be among allowed_scopes");
    break;
  }
}

bool tells_expiry(const Credential& credential) {
  const ExpiryRules& rules = credential.expiry;
  return credential.expires_at || credential.never_expires || rules.sliding || rules.max_age ||
         !rules.header.name.empty() || !rules.lookup.url.empty() || !rules.introspection.url.empty();
}

}  // namespace authprobe::config
