#include <prometheus/metric_family.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/credential/expiry.h"
#include "exporter/metrics/latest_families.h"
#include "exporter/metrics/samples.h"
#include "exporter/wire/text.h"
#include "exporter/wire/time.h"

namespace authprobe::metrics {
namespace {

using prober::CredentialStatus;
using prometheus::MetricFamily;
using prometheus::MetricType;

// A credential as its families see it.
struct Subject {
  const config::Credential& config;
  const CredentialStatus& status;
};

// With its port where the URL has one, like the host of a target.
std::string_view token_host(const config::Credential& config) {
  const wire::Url* url = config::token_url(config.kind);
  return url != nullptr ? url->authority() : std::string_view();
}

// The values of an enum, in its order.
template <typename Enum, std::size_t kCount>
auto all_of() {
  std::array<Enum, kCount> all{};
  for (std::size_t i = 0; i < kCount; ++i) all[i] = static_cast<Enum>(i);
  return all;
}
const auto kStates = all_of<prober::State, prober::kStateCount>();
const auto kExpiryStates = all_of<credential::ExpiryState, credential::kExpiryStateCount>();
const auto kRetiredStates = all_of<prober::RetiredState, prober::kRetiredStateCount>();
const auto kFetchFailures = all_of<credential::FetchFailure, credential::kFetchFailureCount>();

void add_info(const Subject& of, Samples& to) {
  const std::string users = wire::joined(of.config.used_by, ", ");
  to.add(1.0, {{"kind", to_string(of.config.kind)},
               {"owner", of.config.owner},
               {"used_by", users},
               {"rotation", of.config.rotation}});
}

void add_expiries(const Subject& of, Samples& to) {
  for (const credential::Expiry& end : of.status.expiries) {
    to.add(wire::seconds_since_1970(end.at), {{"kind", to_string(end.kind)}, {"source", to_string(end.source)}});
  }
}

// Null where it is not known.
const credential::Expiry* secret_end(const CredentialStatus& status) {
  const auto found = std::ranges::find(status.expiries, credential::ExpiryKind::secret, &credential::Expiry::kind);
  return found == status.expiries.end() ? nullptr : &*found;
}

void add_fetch_failures(const Subject& of, Samples& to) {
  if (!of.status.fetches) return;
  for (const auto reason : kFetchFailures) {
    if (reason == credential::FetchFailure::none) continue;
    to.add(of.status.fetches->failures[static_cast<std::size_t>(reason)], {{"reason", to_string(reason)}});
  }
}

struct CredentialFamily {
  MetricType type;
  std::string_view name;
  std::string_view help;
  void (*add)(const Subject& of, Samples& to);
};

constexpr CredentialFamily kCredentialFamilies[] = {
    {kGauge, "authprobe_credential_info", "Kind, owner, users and rotation link of the credential. Always 1.",
     add_info},
    {kGauge, "authprobe_credential_available", "1 if the credential can be sent, else 0.",
     [](const Subject& of, Samples& to) { to.add(of.status.available); }},
    {kGauge, "authprobe_credential_loaded_timestamp_seconds", "Time at which the current value was read or fetched.",
     [](const Subject& of, Samples& to) { to.add(of.status.loaded_at); }},
    {kCounter, "authprobe_credential_rotations_total", "How often the configured secret has changed.",
     [](const Subject& of, Samples& to) { to.add(of.status.rotations); }},
    {kGauge, "authprobe_credential_expiration_timestamp_seconds", "Expiry of the credential, by kind and source.",
     add_expiries},
    {kGauge, "authprobe_credential_expiry_state", "1 for the current expiry state, 0 for the others.",
     [](const Subject& of, Samples& to) {
       for (const auto state : kExpiryStates) {
         to.add(state == of.status.expiry_state ? 1.0 : 0.0, {{"state", to_string(state)}});
       }
     }},
    {kGauge, "authprobe_credential_lifetime_seconds", "Time from issue to expiry.",
     [](const Subject& of, Samples& to) { to.add(of.status.lifetime); }},
    {kGauge, "authprobe_credential_warn_before_seconds", "How long before the credential's expiry to warn.",
     [](const Subject& of, Samples& to) { to.add(of.status.warn_before); }},
    {kGauge, "authprobe_credential_critical_before_seconds", "How long before its expiry the credential is critical.",
     [](const Subject& of, Samples& to) { to.add(of.status.critical_before); }},
    {kGauge, "authprobe_credential_secret_warn_before_seconds",
     "How long before the expiry of the secret that tokens are fetched with to warn.",
     [](const Subject& of, Samples& to) {
       if (const auto* end = secret_end(of.status)) to.add(end->warn_before);
     }},
    {kGauge, "authprobe_credential_secret_critical_before_seconds",
     "How long before its expiry the secret that tokens are fetched with is critical.",
     [](const Subject& of, Samples& to) {
       if (const auto* end = secret_end(of.status)) to.add(end->critical_before);
     }},
    {kGauge, "authprobe_credential_active", "1 if the issuer reports the credential as active, 0 if not.",
     [](const Subject& of, Samples& to) { to.add(of.status.active); }},
    {kGauge, "authprobe_credential_targets", "Number of the credential's targets in each state.",
     [](const Subject& of, Samples& to) {
       for (const auto state : kStates) {
         to.add(std::uint64_t{of.status.targets[static_cast<std::size_t>(state)]}, {{"state", to_string(state)}});
       }
     }},
    {kGauge, "authprobe_credential_lockout_backoff_seconds",
     "How long probing pauses after repeated refusals, so that no account is locked.",
     [](const Subject& of, Samples& to) { to.add(of.status.lockout_backoff_seconds); }},
    {kGauge, "authprobe_credential_missing_scopes", "Required scopes that are not granted.",
     [](const Subject& of, Samples& to) {
       if (of.status.granted_scopes && !of.config.scopes.required.empty()) {
         to.add(std::uint64_t{of.status.missing_scopes.size()});
       }
     }},
    {kGauge, "authprobe_credential_excess_scopes", "Granted scopes that are not allowed.",
     [](const Subject& of, Samples& to) {
       if (of.status.granted_scopes && !of.config.scopes.allowed.empty()) {
         to.add(std::uint64_t{of.status.excess_scopes.size()});
       }
     }},
    {kCounter, "authprobe_credential_scope_changes_total",
     "How often the granted scopes have become others, as one source tells them.",
     [](const Subject& of, Samples& to) { to.add(of.status.scope_changes); }},
    {kGauge, "authprobe_credential_previous_state",
     "1 for what became of the credential's previous value, 0 for the others.",
     [](const Subject& of, Samples& to) {
       for (const auto state : kRetiredStates) {
         if (of.status.previous) to.add(state == of.status.previous->state ? 1.0 : 0.0, {{"state", to_string(state)}});
       }
     }},
    {kGauge, "authprobe_credential_next_state",
     "1 for the state of the target when probed with the next credential, 0 for the others.",
     [](const Subject& of, Samples& to) {
       for (const auto state : kStates) {
         if (!of.status.next) break;
         to.add(state == of.status.next->state ? 1.0 : 0.0,
                {{"next", of.status.next->name}, {"state", to_string(state)}});
       }
     }},
    {kGauge, "authprobe_credential_next_last_probe_timestamp_seconds",
     "Time at which the next credential was last tried.",
     [](const Subject& of, Samples& to) {
       if (of.status.next) to.add(of.status.next->last, {{"next", of.status.next->name}});
     }},
    {kGauge, "authprobe_token_endpoint_info", "Host that issues the credential's tokens. Always 1.",
     [](const Subject& of, Samples& to) {
       if (of.status.fetches) to.add(1.0, {{"host", token_host(of.config)}});
     }},
    {kCounter, "authprobe_token_fetches_total", "Token fetches, successful or not.",
     [](const Subject& of, Samples& to) {
       if (of.status.fetches) to.add(of.status.fetches->total);
     }},
    {kCounter, "authprobe_token_renewals_total", "Tokens fetched because a target refused the previous one.",
     [](const Subject& of, Samples& to) {
       if (of.status.fetches) to.add(of.status.fetches->renewals);
     }},
    {kCounter, "authprobe_token_fetch_failures_total", "Failed token fetches, by reason.", add_fetch_failures},
    {kGauge, "authprobe_credential_failure_cause",
     "Cause and confidence while the last token fetch was refused. Always 1.",
     [](const Subject& of, Samples& to) {
       if (!of.status.fetches || !of.status.fetches->refusal) return;
       const diagnosis::Diagnosis& refusal = *of.status.fetches->refusal;
       to.add(1.0, {{"cause", to_string(refusal.cause)}, {"confidence", to_string(refusal.confidence)}});
     }},
    {kGauge, "authprobe_token_fetch_duration_seconds", "Duration of the last token fetch.",
     [](const Subject& of, Samples& to) {
       if (of.status.fetches && of.status.fetches->last) to.add(of.status.fetches->last_duration_seconds);
     }},
    {kGauge, "authprobe_token_last_fetch_timestamp_seconds",
     "Time at which the last token fetch ended, successful or not.",
     [](const Subject& of, Samples& to) {
       if (of.status.fetches) to.add(of.status.fetches->last);
     }},
    {kCounter, "authprobe_expiry_lookup_failures_total", "Failed expiry lookups and introspections.",
     [](const Subject& of, Samples& to) {
       if (of.status.lookup) to.add(of.status.lookup->failures);
     }},
    {kGauge, "authprobe_expiry_observed_timestamp_seconds",
     "Time of the last successful expiry lookup or introspection.",
     [](const Subject& of, Samples& to) {
       if (of.status.lookup) to.add(of.status.lookup->observed_at);
     }},
    {kGauge, "authprobe_expiry_lookup_interval_seconds", "Configured interval of expiry lookups or introspections.",
     [](const Subject& of, Samples& to) {
       if (of.status.lookup) to.add(std::chrono::duration<double>(of.status.lookup->interval).count());
     }},
};

std::vector<MetricFamily> families_of(const config::Config& config, const std::vector<CredentialStatus>& statuses) {
  std::vector<MetricFamily> families;
  const std::size_t count = std::min(statuses.size(), config.credentials.size());
  for (const CredentialFamily& family : kCredentialFamilies) {
    MetricFamily& made = add_family(families, family.type, family.name, family.help);
    for (std::size_t i = 0; i < count; ++i) {
      Samples samples(made, "credential", statuses[i].name);
      family.add({config.credentials[i], statuses[i]}, samples);
    }
  }
  return families;
}

}  // namespace

LatestFamilies::Make credential_families(std::shared_ptr<const config::Config> config,
                                         std::vector<CredentialStatus> statuses) {
  return [config = std::move(config), statuses = std::move(statuses)] { return families_of(*config, statuses); };
}

}  // namespace authprobe::metrics
