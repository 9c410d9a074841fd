#include "exporter/commands/credential_lint.h"

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "exporter/config/findings.h"
#include "exporter/config/quantity.h"
#include "exporter/credential/credential.h"
#include "exporter/credential/signed_url.h"

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
    warn("its expiry is not known: the token cannot be read",
         R"(declare expires_at = 2027-01-31 or expires_at = "never", or name an expiry_lookup)");
  }
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
    if (credential->secrets_problem().empty()) lint_end(*credential, now, findings);
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
