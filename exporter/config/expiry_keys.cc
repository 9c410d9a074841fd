// The keys for a credential's expiry and scopes: declarations, lookups, and when to warn.
#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "exporter/config/forms.h"

namespace authprobe::config {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

constexpr Bounds kAge = between(seconds(1), hours(24 * 3650));
// Not more often, so that a mistake in the configuration does not become load on a login server.
constexpr Bounds kLookupInterval = between(seconds(10), hours(24 * 7));

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
    {"name", text<&ExpiryHeader::name, &Field::token>, "the header"},
    {"format", word<&ExpiryHeader::format, kTimeFormats>, "the unit of a number in it"},
};

// Also if it is empty, which is the whole document.
void show_pointer(const ExpiryLookup& lookup, const TomlWriter& out) {
  if (lookup.header.empty()) out.text(lookup.json_pointer);
}

void read_lookup_method(const Field& field, ExpiryLookup& into) {
  const auto method = field.token();
  if (!method) return;
  if (*method != "GET" && *method != "POST") return field.error("must be \"GET\" or \"POST\"");
  into.method = *method;
}

constexpr Key<ExpiryLookup> kLookupKeys[] = {
    {"preset",
     {[](const Field&, ExpiryLookup&) {}, nullptr},
     "the name of a [provider](providers.md), such as `\"gitlab\"`, `\"vault\"`, `\"cloudflare\"`, `\"fastly\"` or "
     "`\"github\"`: its file has the defaults of the keys below, except `interval`. GitLab on your own server, and "
     "Vault, also need a `url`"},  // the loader fills its keys in
    {"url",
     {read_url<ExpiryLookup>, web_url<&ExpiryLookup::url>.show},
     "never a URL that renews or rotates. Not for a Vault token with a limited number of uses, since each lookup is a "
     "use (no second lookup is sent)"},
    {"method", {read_lookup_method, text<&ExpiryLookup::method>.show}, "`\"GET\"` or `\"POST\"`"},
    {"body", text<&ExpiryLookup::body>, "the JSON that is sent with it, such as a GraphQL query; never a secret"},
    {"json_pointer",
     {text<&ExpiryLookup::json_pointer, &Field::pointer>.read, show_pointer},
     "the place of the expiry in its answer; absent or null: the credential never expires"},
    {"header", text<&ExpiryLookup::header, &Field::token>, "the header of its answer that contains the expiry"},
    {"issued_pointer", text<&ExpiryLookup::issued_pointer, &Field::pointer>,
     "the place of the time of issue in its answer"},
    {"scopes_pointer", text<&ExpiryLookup::scopes_pointer, &Field::pointer>,
     "the place of the granted scopes in its answer: a string or an array"},
    {"id_pointer", text<&ExpiryLookup::id_pointer, &Field::pointer>,
     "the place of the issuer's id of the credential in its answer, by which [inventories](inventories.md) know it"},
    {"state_pointer", text<&ExpiryLookup::state_pointer, &Field::pointer>,
     "the place in its answer of what says whether the credential works: a boolean or a word. Absent or null: nothing "
     "is known"},
    {"active_states", texts<&ExpiryLookup::active_states, &Field::line>, "what stands there if the credential works"},
    {"rows_pointer", text<&ExpiryLookup::rows_pointer, &Field::pointer>,
     "the place of a list, if the answer has all credentials of an account; the places above are then in a row of it"},
    {"secret_pointer", text<&ExpiryLookup::secret_pointer, &Field::pointer>,
     "with `rows_pointer`: the place in a row of what is shown of the secret, at least 4 characters of its beginning "
     "or its end. The row with the credential's own counts, if it is the only one"},
    {"format", word<&ExpiryLookup::format, kTimeFormats>, "the unit of a number there"},
    {"interval", duration<&ExpiryLookup::interval, kLookupInterval>, R"(`"10s"` to `"7d"`)"},
};

constexpr Key<Introspection> kIntrospectionKeys[] = {
    {"url",
     {read_url<Introspection>, web_url<&Introspection::url>.show},
     "the token is posted there, never put into the URL"},
    {"credential", text<&Introspection::credential, &Field::name>,
     "the credential that authenticates the exporter there, such as a basic one with client id and secret"},
    {"interval", duration<&Introspection::interval, kLookupInterval>, R"(`"10s"` to `"7d"`)"},
};

void read_issued_at(const Field& field, ExpiryRules& into) {
  if (const auto* day = std::get_if<std::chrono::sys_days>(&field.value().data)) {
    into.issued_at = *day;
  } else {
    field.error("must be a date", "such as 2026-10-31, without quotes and without a time");
  }
}

void show_issued_at(const ExpiryRules& rules, const TomlWriter& out) {
  if (rules.issued_at) out.raw(date_text(*rules.issued_at));
}

constexpr auto kHeader = table<&ExpiryRules::header, kHeaderKeys>;
constexpr auto kLookup = table<&ExpiryRules::lookup, kLookupKeys>;
constexpr auto kIntrospection = table<&ExpiryRules::introspection, kIntrospectionKeys>;

void read_header(const Field& field, ExpiryRules& into) {
  read_expiry_header(field, into.header);
}

// What has no effect without another key.
void check_places(const Field& lookup) {
  const auto states = lookup.child("active_states");
  if (states && !lookup.child("state_pointer")) states->warning("has no effect without state_pointer");
  if (lookup.child("rows_pointer").has_value() != lookup.child("secret_pointer").has_value()) {
    lookup.error("must have both or none of rows_pointer and secret_pointer", "a list, and how its row is known");
  }
}

void read_lookup(const Field& field, ExpiryRules& into) {
  if (std::holds_alternative<std::string>(field.value().data)) return;  // a name that the loader has refused
  if (field.table() == nullptr) return;
  kLookup.read(field, into);
  if (field.child("preset")) return;  // the same
  if (!field.child("url")) field.error("must have url", "or a preset");
  check_places(field);
  if (field.child("json_pointer").has_value() == field.child("header").has_value()) {
    field.error("must have one of json_pointer and header", "the place of the expiry in the answer");
  }
}

void show_lookup(const ExpiryRules& rules, const TomlWriter& out) {
  if (!rules.lookup.url.empty()) kLookup.show(rules, out);
}

void read_introspection(const Field& field, ExpiryRules& into) {
  kIntrospection.read(field, into);
  if (field.table() != nullptr && !field.child("url")) field.error("must have url");
}

void show_introspection(const ExpiryRules& rules, const TomlWriter& out) {
  if (!rules.introspection.url.empty()) kIntrospection.show(rules, out);
}

constexpr Key<ExpiryRules> kExpiryKeys[] = {
    {"issued_at",
     {read_issued_at, show_issued_at},
     "the date of issue: `max_age` begins there, and it defines the lifetime"},
    {"sliding", boolean<&ExpiryRules::sliding>,
     "each use extends the expiry; the remaining time then has no meaning, and there are no warnings"},
    {"renewed", word<&ExpiryRules::renewed, kRenewals>,
     "`\"automatically\"`: a machine replaces it (kubelet, an agent, a job). There is no warning while that works; "
     "`warn_before` follows the usual time of renewal"},
    {"warn_before", duration<&ExpiryRules::warn_before, kAge>,
     "default: 14 days for a lifetime of 30 days or longer, or an unknown lifetime; otherwise a quarter of the "
     "lifetime"},
    {"critical_before", duration<&ExpiryRules::critical_before, kAge>,
     "default: 2 days, at most a tenth of the lifetime; not longer than `warn_before`"},
    {"expiry_header",
     {read_header, kHeader.show, kHeader.list},
     "a header of the targets' answers that contains the expiry"},
    {"expiry_lookup",
     {read_lookup, show_lookup, kLookup.list},
     "a URL whose answer contains the expiry, requested with the credential itself; or the name of a provider that has "
     "one: `\"github\"`"},
};
constexpr Key<ExpiryRules> kDeclaredAge[] = {
    {"max_age", duration<&ExpiryRules::max_age, kAge>,
     "the credential expires this long after `issued_at`; not with `expires_at`"},
};
constexpr Key<ExpiryRules> kIntrospectionKey[] = {
    {"introspection",
     {read_introspection, show_introspection, kIntrospection.list},
     "the authorization server's RFC 7662 endpoint"},
};

constexpr Key<ScopeRules> kScopeRuleKeys[] = {
    {"required_scopes", scopes<&ScopeRules::required>,
     "scopes that the credential must have: a metric counts the missing ones, and they are evidence for a refusal"},
    {"allowed_scopes", scopes<&ScopeRules::allowed>,
     "scopes that the credential may have (least privilege): a metric counts the others"},
};

void check_ages(const Field& field, const Credential& credential) {
  const ExpiryRules& rules = credential.expiry;
  if (rules.max_age && !field.child("issued_at"))
    field.child("max_age")->error("needs issued_at", "max_age counts from it");
  if (rules.max_age && field.child("expires_at")) field.error("must have only one of expires_at and max_age");
  if (rules.warn_before && rules.critical_before && *rules.critical_before > *rules.warn_before) {
    field.child("critical_before")->error("must not be longer than warn_before");
  }
}

void check_sliding(const Field& field, const Credential& credential) {
  if (!credential.expiry.sliding) return;
  if (credential.expires_at || credential.never_expires) {
    field.child("sliding")->error("cannot be combined with expires_at", "each use extends the expiry");
  }
  if (credential.expiry.max_age) refuse_idle(field, "max_age", "with sliding, each use extends the expiry");
  for (const std::string_view key : {"renewed", "warn_before", "critical_before"}) {
    refuse_idle(field, key, "there are no warnings for a sliding expiry");
  }
}

// An expiry that is read all the same, from the token or by a way below, counts: "never" is for what nobody can read.
void check_never(const Field& field, const Credential& credential) {
  if (!credential.never_expires) return;
  const ExpiryRules& rules = credential.expiry;
  const std::array<std::pair<std::string_view, bool>, 3> ways{{{"expiry_header", !rules.header.name.empty()},
                                                               {"expiry_lookup", !rules.lookup.url.empty()},
                                                               {"introspection", !rules.introspection.url.empty()}}};
  bool asked = false;
  for (const auto& [key, is_used] : ways) {
    const auto at = is_used ? field.child(key) : std::nullopt;
    if (at)
      at->warning("contradicts expires_at = \"never\"", "remove one of the two; an expiry that is reported counts");
    asked = asked || at;
  }
  if (asked) return;
  for (const std::string_view key : {"renewed", "warn_before", "critical_before"}) {
    if (const auto at = field.child(key)) at->warning("has no effect: the credential never expires");
  }
}

void check_scopes(const Field& field, const ScopeRules& scopes) {
  for (const std::string& scope : scopes.required) {
    const auto& allowed = scopes.allowed;
    if (allowed.empty() || std::find(allowed.begin(), allowed.end(), scope) != allowed.end()) continue;
    field.child("required_scopes")->error("must be among allowed_scopes");
    break;
  }
}

}  // namespace

void read_expiry_header(const Field& field, ExpiryHeader& into) {
  if (std::holds_alternative<std::string>(field.value().data)) {
    assign(field.token(), into.name);
    return;
  }
  read_table(field, all(kHeaderKeys), into);
  if (field.table() != nullptr && !field.child("name")) field.error("must have name");
}

Keys<ExpiryRules> expiry_keys() {
  return kExpiryKeys;
}
Keys<ExpiryRules> declared_age_keys() {
  return kDeclaredAge;
}
Keys<ExpiryRules> introspection_keys() {
  return kIntrospectionKey;
}
Keys<ScopeRules> scope_keys() {
  return kScopeRuleKeys;
}

void check_expiry(const Field& field, const Credential& credential) {
  check_ages(field, credential);
  check_sliding(field, credential);
  check_never(field, credential);
  check_scopes(field, credential.scopes);
}

bool tells_expiry(const Credential& credential) {
  const ExpiryRules& rules = credential.expiry;
  return credential.expires_at || credential.never_expires || rules.sliding || rules.max_age ||
         !rules.header.name.empty() || !rules.lookup.url.empty() || !rules.introspection.url.empty();
}

}  // namespace authprobe::config
