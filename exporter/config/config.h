// The configuration as plain values, after defaults are inherited. Nothing here acts: files are opened, names resolved
// and secrets read only by the parts that use these values.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/connection.h"
#include "exporter/config/credential_kinds.h"
#include "exporter/config/enum_names.h"
#include "exporter/config/expectation.h"
#include "exporter/config/findings.h"
#include "exporter/config/inventory.h"
#include "exporter/config/token_forms.h"
#include "exporter/wire/time_zone.h"
#include "exporter/wire/url.h"

namespace authprobe::config {

// A certificate that the client shows, with its private key: PEM, or PKCS#12 with both in `certificate`.
struct CertificateSources {
  SecretSource certificate;
  SecretSource private_key;  // none: in `certificate`
  SecretSource password;     // of a PKCS#12 file or an encrypted key; none: not encrypted
  bool operator==(const CertificateSources&) const = default;
};

// More secrets that go with each request of a credential, beside what its kind sends: an application key, a
// subscription.
struct MoreSecrets {
  std::vector<std::pair<std::string, SecretSource>> headers;  // by the header's name
  std::vector<std::pair<std::string, SecretSource>> query;    // by the parameter's name
  std::vector<std::pair<std::string, SecretSource>> body;     // by the name in the ${name} of the targets' bodies
  bool operator==(const MoreSecrets&) const = default;
};

// A header of the targets' own answers that contains the expiry.
struct ExpiryHeader {
  std::string name;  // empty: none
  TimeFormat format = TimeFormat::automatic;
  bool operator==(const ExpiryHeader&) const = default;
};

// What the providers' files tell of all services, whoever issues a credential.
struct KnownServices {
  std::vector<TokenForm> forms;              // of their tokens
  std::vector<ExpiryHeader> expiry_headers;  // of their answers
  bool operator==(const KnownServices&) const = default;
};

// As a function: g++ 12 fails on a list of strings as a member's usual value.
inline std::vector<std::string> usual_active_states() {
  return {"true", "active"};
}

// A URL whose answer contains the expiry, requested with the credential itself. Never one that renews or rotates.
struct ExpiryLookup {
  wire::Url url;                           // empty: none
  std::string json_pointer;                // RFC 6901; with `header` empty
  std::string header;                      // instead of a place in the body
  std::string issued_pointer;              // the place of the time of issue in the answer; empty: none
  std::string scopes_pointer = "/scopes";  // the place of the granted scopes
  std::string id_pointer;                  // the place of the issuer's id of the credential; empty: none
  std::string state_pointer;               // the place of what says whether it works; empty: none
  std::vector<std::string> active_states = usual_active_states();  // what stands there if it does
  std::string rows_pointer;  // the place of a list, with a row for this credential; empty: the answer is about it alone
  std::string secret_pointer;  // in a row: what is shown of the secret
  TimeFormat format = TimeFormat::automatic;
  Duration interval{std::chrono::hours{1}};
  std::string method = "GET";
  std::string body;  // JSON; empty: none
  bool operator==(const ExpiryLookup&) const = default;
};

// RFC 7662: a request to the authorization server about the token, by a client with a credential of its
// own.
struct Introspection {
  wire::Url url;           // empty: none
  std::string credential;  // a name in Config::credentials; empty: the token itself, as a bearer
  Duration interval{std::chrono::minutes{5}};
  bool operator==(const Introspection&) const = default;
};

// Who issues the JWT that is sent (its `iss`): asked for its public documents after a refusal, never with the token.
struct TokenIssuer {
  wire::Url url;       // empty: the token's own `iss`, where it is at the origin of another URL of the credential
  wire::Url jwks_url;  // empty: where the issuer's document says, at the issuer's own origin
  bool operator==(const TokenIssuer&) const = default;
};

// Beside Credential::expires_at.
struct ExpiryRules {
  bool sliding = false;                            // each use extends the expiry: the remaining time has no meaning
  std::optional<std::chrono::sys_days> issued_at;  // begins `max_age`, or defines the lifetime
  std::optional<Duration> max_age;
  Renewal renewed = Renewal::manual;
  std::optional<Duration> warn_before;  // none: depends on the lifetime, or on the usual time of renewal
  std::optional<Duration> critical_before;
  ExpiryHeader header;
  ExpiryLookup lookup;
  Introspection introspection;
  bool operator==(const ExpiryRules&) const = default;
};

// The entry of an issuer's list that is this credential: its end is the credential's.
struct ListedAs {
  std::string inventory;  // a name in Config::inventories; empty: none
  std::string id;         // the issuer's id of it, or
  std::string name;       // its name: of several, the newest that can be used
  bool operator==(const ListedAs&) const = default;
};

struct ScopeRules {
  std::vector<std::string> required;
  std::vector<std::string> allowed;  // empty: any
  bool operator==(const ScopeRules&) const = default;
};

// What the credential's provider filled in.
struct FromProvider {
  std::string name;                                            // the provider's; empty: none
  std::string title;                                           // the service's name
  std::vector<std::pair<std::string, std::string>> variables;  // in order of the provider's file
  std::vector<std::string> keys;                               // of the credential that the user left to the provider

  // Who wrote a key is not part of its meaning.
  bool operator==(const FromProvider& other) const { return name == other.name && variables == other.variables; }
};

struct Credential {
  std::string name;
  FromProvider provider;
  std::vector<std::string> hosts;       // where it may be sent: "api.example.com", "*.example.com"; empty: anywhere
  SharedValue<KnownServices> services;  // null: not loaded from a file
  CredentialKind kind;
  CertificateSources certificate;  // all of client_certificate, or beside any other kind
  MoreSecrets more;
  std::string next;                // the credential that is to follow this one, tried beside it; empty: none
  std::optional<Duration> retire;  // how long after its replacement an old value may still work; none: it is not tried
  // How the servers are reached that know about the credential (token endpoint, login, look-ups). Never null once
  // loaded.
  SharedValue<Connection> connection;
  std::string owner;
  std::vector<std::string> used_by;
  std::string rotation;                             // a link to the instructions for renewal
  std::optional<std::chrono::sys_days> expires_at;  // the first day, in UTC, on which it no longer works
  bool never_expires = false;                       // declared so: expires_at = "never"
  ExpiryRules expiry;
  ListedAs listed_as;
  ScopeRules scopes;
  TokenIssuer issuer;
  // A public page of what checks the credential, asked after a refusal, never with a secret; empty: none.
  wire::Url auth_health_url;
  Position position;

  bool operator==(const Credential&) const = default;
};

// A secret of a credential: the key that says where it is read from, such as "token" or "secrets.role_id".
struct NamedSource {
  std::string key;
  const SecretSource* source;  // never null, in the credential
  SecretForm form;
};

// Every secret that a credential has.
std::vector<NamedSource> secret_sources(const Credential& credential);

// A time without alerts for a target. Probing continues; `authprobe_target_maintenance` is 1.
struct MaintenanceWindow {
  // Once: [start, end). Both set, or neither.
  std::optional<std::chrono::sys_seconds> start;
  std::optional<std::chrono::sys_seconds> end;
  // Weekly, as the clocks of `zone` show it: on `days` (bit 0 Sunday .. bit 6 Saturday) from `from`, for `duration`,
  // past midnight too.
  std::uint8_t days = 0;
  std::chrono::minutes from{0};
  std::chrono::minutes duration{0};
  wire::TimeZone zone;
  bool operator==(const MaintenanceWindow&) const = default;
};

// Requests that tell the causes of a refusal apart, each once an episode at most. None is made for password-like
// credentials, nor at a target that limits our rate.
struct ControlSettings {
  bool anonymous = true;    // the same URL without the credential
  bool control_url = true;  // the target's control_url, without the credential
  bool addresses = true;    // the same request to the host's other addresses
  bool fresh_token = true;  // a token that it refused is fetched anew, once
  bool issuer = true;       // the token's issuer, and the API's own description of the issuers that it trusts
  bool next = true;         // what the credential that is to come gets counts too
  bool operator==(const ControlSettings&) const = default;
};

struct Target {
  std::string name;
  std::string list;   // a name in Config::lists, which made the target; empty: the file has it
  std::string scope;  // a ScopedInclude's files, which have the target; empty: a file without a scope
  wire::Url url;
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::string user_agent;  // empty: "authprobe/<version>"
  std::string credential;  // a name in Config::credentials; empty: none
  wire::Url control_url;
  ControlSettings controls;
  Duration interval{15'000};
  bool body_excerpt = false;           // pages show the beginning of an answer that is not ok
  SharedValue<Connection> connection;  // never null
  SharedValue<Expectation> expect;     // never null
  std::vector<MaintenanceWindow> maintenance;
  std::vector<std::pair<std::string, std::string>> labels;  // on authprobe_target_info, in name order
  Position position;

  bool operator==(const Target&) const = default;
};

// How the labels of a listed target are changed, or the target is left out: a step of Prometheus's relabel_configs.
struct RelabelRule {
  RelabelAction action = RelabelAction::replace;
  std::vector<std::string> source_labels;
  std::string separator = ";";
  std::string regex = "(.*)";  // RE2, which matches the whole value
  std::string target_label;
  std::uint64_t modulus = 0;  // of hashmod
  std::string replacement = "$1";
  bool operator==(const RelabelRule&) const = default;
};

// Targets that other systems list, in files of Prometheus's file_sd or at a URL of its http_sd.
struct TargetList {
  std::string name;
  std::vector<std::string> files;      // patterns, with '*' in the last part only
  wire::Url url;                       // empty: the list is in files
  std::string url_credential;          // of the request for the list; empty: none
  Duration refresh_interval{60'000};   // of the URL
  SharedValue<Connection> connection;  // to the URL; never null once loaded
  std::vector<std::string> hosts;      // where its targets may be; empty: anywhere
  UrlScheme scheme = UrlScheme::https;
  std::string path = "/";
  std::vector<std::pair<std::string, std::string>> params;
  std::vector<RelabelRule> relabel;
  Target target;  // what all its targets have: no name, no url
  Position position;

  bool operator==(const TargetList&) const = default;
};

inline constexpr int kMostInFlight = 100'000;  // that may be configured

// Limits of the process and of a host, and other values that are not a target's.
struct Settings {
  int max_in_flight = 10'000;            // probes in progress at once, in total: hung targets must not delay the others
  int max_in_flight_per_host = 64;       // the same for one host:port
  std::vector<std::string> providers;    // files with providers of the user's own, as patterns of names
  wire::Url runbooks;                    // the folder of the alerts' runbooks, as a URL; empty: pages link to none
  std::vector<std::string> signatures;   // files with signatures of refusals, in addition to the built-in ones
  std::vector<std::string> dns_servers;  // "192.0.2.53" or "192.0.2.53:5353"; empty: those of /etc/resolv.conf
  Duration dns_cache{30'000};            // an answer is kept at most this long, less if its TTL is shorter
  Series series = Series::full;          // that a target has on /metrics
  std::vector<std::pair<std::string, std::string>> checklist =
      {};  // items of config/checklist.h that are off, with why
  bool operator==(const Settings&) const = default;
};

// An include with a scope, as far as its targets are bounded together.
struct ScopedInclude {
  std::string files;      // a pattern; not relative
  int max_in_flight = 0;  // of settings.max_in_flight; 0: a share that leaves room for all others
  bool operator==(const ScopedInclude&) const = default;
};

struct Config {
  Settings settings;
  std::vector<Credential> credentials;           // in name order
  std::vector<Target> targets;                   // in name order, with those of the lists
  std::vector<TargetList> lists;                 // in name order
  std::vector<Inventory> inventories;            // in name order
  std::vector<ScopedInclude> scopes;             // in the order of `include`
  std::vector<std::string> files;                // every file read: the main one first, then the included ones
  std::vector<std::string> provider_files = {};  // those that settings.providers matches
};

}  // namespace authprobe::config
