#include "exporter/commands/credential_lint.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "exporter/config/findings.h"
#include "exporter/config/quantity.h"
#include "exporter/credential/credential.h"
#include "exporter/credential/signed_url.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/wire/text.h"

namespace authprobe::commands {
namespace {

using config::Findings;
using config::SecretSource;
using credential::Credential;
using credential::ExpiryState;
using std::chrono::seconds;

// Rounded to days for long spans, so that the line stays the same for a day.
std::string span_text(WallTime from, WallTime to) {
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(to - from);
  if (hours >= std::chrono::hours(48)) return std::to_string(hours.count() / 24) + " days";
  const auto minutes = std::chrono::duration_cast<std::chrono::minutes>(to - from);
  return config::format_duration(std::max<config::Duration>(minutes, std::chrono::minutes(1)));
}

// False if a file or variable is missing: then another machine will probe.
bool is_here(const config::Credential& configured) {
  for (const auto& [key, source, form] : config::secret_sources(configured)) {
    std::error_code ignored;
    if (source->kind == SecretSource::Kind::file && !std::filesystem::exists(source->text, ignored)) return false;
    if (source->kind == SecretSource::Kind::env && std::getenv(source->text.c_str()) == nullptr) return false;
  }
  return true;
}

// The key of its secret, if it has just one.
std::string secret_key(const config::Credential& configured) {
  const std::string key = "credentials." + configured.name;
  const auto sources = config::secret_sources(configured);
  return sources.size() == 1 ? key + '.' + sources.front().key : key;
}

void lint_end(const Credential& credential, WallTime now, Findings& findings) {
  const auto warn = [&](std::string rule, std::string hint) {
    findings.warning(credential.config().position, secret_key(credential.config()), std::move(rule), std::move(hint));
  };
  const credential::Validity& span = credential.metadata().validity();
  const auto end = span.end();
  if (span.state == ExpiryState::known && end && !credential.config().expires_at) {
    if (*end <= now) {
      warn("expired " + span_text(*end, now) + " ago", "renew it");
    } else if (span.warn_before && *end - now <= *span.warn_before) {
      warn("expires in " + span_text(now, *end), "renew it");
    }
  }
  const config::ExpiryRules& rules = credential.config().expiry;
  const bool asked = !rules.lookup.url.empty() || !rules.introspection.url.empty() || !rules.header.name.empty();
  // load() speaks of those that cannot tell.
  const bool may_tell = config::traits_of(credential.config().kind).may_tell_expiry && !credential.fetches_token();
  if (span.state == ExpiryState::unknown && may_tell && !asked) {
    findings.question("expiry_reminder", credential.config().position, secret_key(credential.config()),
                      "its expiry is not known: the token cannot be read",
                      R"(declare expires_at = 2027-01-31 or expires_at = "never", or name an expiry_lookup)");
  }
}

// The instructions were followed lately, or nobody knows whether they work.
void lint_rotation(const Credential& credential, WallTime now, Findings& findings) {
  constexpr std::chrono::hours kUsual{24 * 365};
  const auto changed = credential.changed_at();
  if (credential.config().rotation.empty() || !changed) return;
  const auto lifetime = credential.metadata().validity().lifetime.value_or(kUsual);
  if (now - *changed <= std::max<std::chrono::seconds>(lifetime, kUsual)) return;
  findings.question("rotation_seen", credential.config().position, "credentials." + credential.name() + ".rotation",
                    "its rotation is documented, but its file has not changed for " + span_text(*changed, now),
                    "rotate it once by the instructions");
}

bool only_reads(const config::Config& config, const std::string& credential) {
  static constexpr std::array<std::string_view, 4> kReading{"GET", "HEAD", "OPTIONS", "QUERY"};
  return std::ranges::all_of(config.targets, [&](const config::Target& target) {
    return target.credential != credential || std::ranges::find(kReading, target.method) != kReading.end();
  });
}

// Services name scopes as they like; these words say what they grant. `repo` is GitHub's, for full control
// (https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/scopes-for-oauth-apps).
bool grants_more_than_reading(std::string_view scope) {
  static constexpr std::array<std::string_view, 19> kMore{
      "write", "admin", "delete", "manage", "edit", "update", "create",    "modify",     "full", "fullcontrol",
      "all",   "owner", "rw",     "sudo",   "root", "repo",   "readwrite", "fullaccess", "*"};
  const std::string words = wire::lowered(scope);
  std::string_view rest = words;
  while (!rest.empty()) {
    const auto end = std::min(rest.find_first_of(":./_- "), rest.size());
    if (std::ranges::find(kMore, rest.substr(0, end)) != kMore.end()) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

// Scopes that the configuration names as required or allowed have been decided about.
void lint_read_only(const config::Config& config, const Credential& credential, Findings& findings) {
  const config::Credential& configured = credential.config();
  std::vector<std::string> scopes = credential.metadata().granted_scopes().value_or(std::vector<std::string>());
  if (const auto* oauth2 = std::get_if<config::Oauth2>(&configured.kind)) {
    scopes.insert(scopes.end(), oauth2->scopes.begin(), oauth2->scopes.end());
  }
  const auto is_decided = [&](const std::string& scope) {
    return std::ranges::find(configured.scopes.required, scope) != configured.scopes.required.end() ||
           std::ranges::find(configured.scopes.allowed, scope) != configured.scopes.allowed.end();
  };
  const auto more = std::ranges::find_if(
      scopes, [&](const std::string& scope) { return grants_more_than_reading(scope) && !is_decided(scope); });
  if (more == scopes.end() || !only_reads(config, configured.name)) return;
  findings.question(
      "read_only", configured.position, "credentials." + configured.name,
      "its scope \"" + diagnosis::redact(*more) + "\" grants more than reading, and its targets only read",
      "request scopes that only read, or list it in allowed_scopes");
}

void lint_value(const Credential& credential, Findings& findings) {
  const std::string key = "credentials." + credential.name();
  const config::Position& position = credential.config().position;
  if (!credential.secrets_problem().empty()) {
    findings.warning(position, secret_key(credential.config()),
                     "its secret cannot be used: " + credential.secrets_problem());
    return;
  }
  if (const std::string& shape = credential.shape_problem(); !shape.empty()) {
    findings.warning(position, secret_key(credential.config()), "the secret " + shape);
  }
  if (const config::SecretHint hint = credential.hint(); !hint.fact.empty()) {
    findings.question("secret_encoding", position, key, std::string(hint.fact), std::string(hint.advice));
  }
  const auto missing = credential.metadata().missing_scopes();
  const auto excess = credential.metadata().excess_scopes();
  const auto scopes = [](std::size_t count, const std::string& required) {
    return std::to_string(count) + ' ' + required + (count == 1 ? "scope" : "scopes");
  };
  if (!missing.empty()) {
    findings.warning(position, key + ".required_scopes", "the token lacks " + scopes(missing.size(), "required "));
  }
  if (!excess.empty()) {
    findings.warning(position, key + ".allowed_scopes",
                     "the token has " + scopes(excess.size(), "") + " beyond allowed_scopes",
                     "least privilege: request fewer scopes");
  }
}

void lint_intervals(const config::Config& config, const std::map<std::string_view, seconds>& lifetimes,
                    Findings& findings) {
  for (const config::Target& target : config.targets) {
    const auto life = lifetimes.find(target.credential);
    if (life == lifetimes.end() || target.interval <= life->second) continue;
    findings.warning(target.position, "targets." + target.name + ".interval",
                     "is longer than its credential's lifetime (" + config::format_duration(life->second) + ")",
                     "it may expire between two probes, unnoticed");
  }
}

void lint_signed_urls(const config::Config& config, WallTime now, Findings& findings) {
  for (const config::Target& target : config.targets) {
    const auto times = credential::read_signed_url(target.url.text());
    if (times && times->expires_at <= now) {
      findings.warning(target.position, "targets." + target.name + ".url",
                       "signature expired " + span_text(times->expires_at, now) + " ago", "sign it again");
    }
  }
}

// The values are compared where they are; none is copied.
void lint_shared(const std::vector<std::unique_ptr<Credential>>& credentials, Findings& findings) {
  std::map<std::string_view, const Credential*> first;
  for (const auto& credential : credentials) {
    const std::string_view value = credential->configured_value();
    if (value.empty()) continue;
    const auto [other, is_new] = first.emplace(value, credential.get());
    if (is_new) continue;
    findings.warning(credential->config().position, secret_key(credential->config()),
                     "has the same secret as credentials." + other->second->name(),
                     "use one credential, or a secret for each");
  }
}

}  // namespace

std::vector<config::Finding> credential_lint(const config::Config& config, WallTime now) {
  Findings findings;
  std::vector<std::unique_ptr<Credential>> credentials;
  std::map<std::string_view, seconds> lifetimes;
  for (const config::Credential& configured : config.credentials) {
    if (!is_here(configured)) continue;
    auto credential = std::make_unique<Credential>(configured);
    credential->refresh(std::chrono::steady_clock::now());
    lint_value(*credential, findings);
    if (credential->secrets_problem().empty()) {
      lint_end(*credential, now, findings);
      lint_rotation(*credential, now, findings);
      lint_read_only(config, *credential, findings);
    }
    if (const auto& life = credential->metadata().validity().lifetime) lifetimes.emplace(configured.name, *life);
    const auto* login = std::get_if<config::Login>(&configured.kind);
    if (login != nullptr && login->max_age) {
      lifetimes.emplace(configured.name, std::chrono::duration_cast<seconds>(*login->max_age));
    }
    credentials.push_back(std::move(credential));
  }
  lint_shared(credentials, findings);
  lint_intervals(config, lifetimes, findings);
  lint_signed_urls(config, now, findings);
  return findings.sorted();
}

}  // namespace authprobe::commands
