#include "exporter/metrics/credential_metrics.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/credential/expiry.h"
#include "exporter/wire/text.h"
#include "exporter/wire/time.h"

namespace authprobe::metrics {
namespace {

using credential::FetchFailure;
using prober::CredentialStatus;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Label = std::pair<std::string_view, std::string_view>;

// One family as it is filled, credential by credential.
class Family {
 public:
  Family(MetricType type, std::string_view name, std::string_view help) {
    family_.type = type;
    family_.name = std::string("authprobe_").append(name);
    family_.help = help;
  }

  void add(std::initializer_list<Label> labels, double value) {
    ClientMetric metric;
    for (const auto& [name, text] : labels) metric.label.push_back({std::string(name), std::string(text)});
    (family_.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    family_.metric.push_back(std::move(metric));
  }

  MetricFamily take() { return std::move(family_); }

 private:
  MetricFamily family_;
};

// Each family is declared once, and what is declared is taken.
struct Families {
  std::deque<Family> all;  // addresses stay
  Family& info = all.emplace_back(MetricType::Gauge, "credential_info",
                                  "Kind, owner, users and rotation link of the credential. Always 1.");
  Family& available =
      all.emplace_back(MetricType::Gauge, "credential_available", "1 if the credential can be sent, else 0.");
  Family& loaded = all.emplace_back(MetricType::Gauge, "credential_loaded_timestamp_seconds",
                                    "Time at which the current value was read or fetched.");
  Family& rotations = all.emplace_back(MetricType::Counter, "credential_rotations_total",
                                       "How often the configured secret has changed.");
  Family& expiration = all.emplace_back(MetricType::Gauge, "credential_expiration_timestamp_seconds",
                                        "Expiry of the credential, by kind and source.");
  Family& state = all.emplace_back(MetricType::Gauge, "credential_expiry_state",
                                   "1 for the current expiry state, 0 for the others.");
  Family& lifetime = all.emplace_back(MetricType::Gauge, "credential_lifetime_seconds", "Time from issue to expiry.");
  Family& warn = all.emplace_back(MetricType::Gauge, "credential_warn_before_seconds",
                                  "How long before the credential's expiry to warn.");
  Family& critical = all.emplace_back(MetricType::Gauge, "credential_critical_before_seconds",
                                      "How long before its expiry the credential is critical.");
  Family& active = all.emplace_back(MetricType::Gauge, "credential_active",
                                    "1 if the issuer reports the credential as active, 0 if not.");
  Family& targets =
      all.emplace_back(MetricType::Gauge, "credential_targets", "Number of the credential's targets in each state.");
  Family& backoff = all.emplace_back(MetricType::Gauge, "credential_lockout_backoff_seconds",
                                     "How long probing pauses after repeated refusals, so that no account is locked.");
  Family& missing =
      all.emplace_back(MetricType::Gauge, "credential_missing_scopes", "Required scopes that are not granted.");
  Family& excess =
      all.emplace_back(MetricType::Gauge, "credential_excess_scopes", "Granted scopes that are not allowed.");
  Family& next_state =
      all.emplace_back(MetricType::Gauge, "credential_next_state",
                       "1 for the state of the target when probed with the next credential, 0 for the others.");
  Family& next_tried = all.emplace_back(MetricType::Gauge, "credential_next_last_probe_timestamp_seconds",
                                        "Time at which the next credential was last tried.");
  Family& endpoint =
      all.emplace_back(MetricType::Gauge, "token_endpoint_info", "Host that issues the credential's tokens. Always 1.");
  Family& fetches = all.emplace_back(MetricType::Counter, "token_fetches_total", "Token fetches, successful or not.");
  Family& renewals = all.emplace_back(MetricType::Counter, "token_renewals_total",
                                      "Tokens fetched because a target refused the previous one.");
  Family& fetch_failures =
      all.emplace_back(MetricType::Counter, "token_fetch_failures_total", "Failed token fetches, by reason.");
  Family& failure_cause = all.emplace_back(MetricType::Gauge, "credential_failure_cause",
                                           "Cause and confidence while the last token fetch was refused. Always 1.");
  Family& fetch_duration =
      all.emplace_back(MetricType::Gauge, "token_fetch_duration_seconds", "Duration of the last token fetch.");
  Family& fetched = all.emplace_back(MetricType::Gauge, "token_last_fetch_timestamp_seconds",
                                     "Time at which the last token fetch ended, successful or not.");
  Family& lookup_failures = all.emplace_back(MetricType::Counter, "expiry_lookup_failures_total",
                                             "Failed expiry lookups and introspections.");
  Family& observed = all.emplace_back(MetricType::Gauge, "expiry_observed_timestamp_seconds",
                                      "Time of the last successful expiry lookup or introspection.");

  Family& lookup_interval = all.emplace_back(MetricType::Gauge, "expiry_lookup_interval_seconds",
                                             "Configured interval of expiry lookups or introspections.");

  std::vector<MetricFamily> take() {
    std::vector<MetricFamily> families;
    for (Family& family : all) families.push_back(family.take());
    return families;
  }
};

void add_lifespan(const CredentialStatus& status, Families& to) {
  const Label credential{"credential", status.name};
  for (const credential::Expiry& end : status.expiries) {
    to.expiration.add({credential, {"kind", to_string(end.kind)}, {"source", to_string(end.source)}},
                      wire::seconds_since_1970(end.at));
  }
  for (std::size_t i = 0; i < credential::kExpiryStateCount; ++i) {
    const auto state = static_cast<credential::ExpiryState>(i);
    to.state.add({credential, {"state", to_string(state)}}, state == status.expiry_state ? 1 : 0);
  }
  const auto seconds = [&](Family& family, const std::optional<std::chrono::seconds>& value) {
    if (value) family.add({credential}, static_cast<double>(value->count()));
  };
  seconds(to.lifetime, status.lifetime);
  seconds(to.warn, status.warn_before);
  seconds(to.critical, status.critical_before);
  if (status.active) to.active.add({credential}, *status.active ? 1 : 0);
}

// With its port where the URL has one, like the host of a target.
std::string_view token_host(const config::Credential& config) {
  const bool login = config.kind == config::CredentialKind::login;
  return (login ? config.login.url : config.oauth2.token_url).authority();
}

void add_fetches(const config::Credential& config, const CredentialStatus::TokenFetches& fetches, Families& to) {
  const Label credential{"credential", config.name};
  to.endpoint.add({credential, {"host", token_host(config)}}, 1);
  to.fetches.add({credential}, static_cast<double>(fetches.total));
  to.renewals.add({credential}, static_cast<double>(fetches.renewals));
  for (std::size_t i = 1; i < credential::kFetchFailureCount; ++i) {
    to.fetch_failures.add({credential, {"reason", to_string(static_cast<FetchFailure>(i))}},
                          static_cast<double>(fetches.failures[i]));
  }
  if (const auto& refusal = fetches.refusal) {
    to.failure_cause.add(
        {credential, {"cause", to_string(refusal->cause)}, {"confidence", to_string(refusal->confidence)}}, 1);
  }
  if (!fetches.last) return;
  to.fetch_duration.add({credential}, fetches.last_duration_seconds);
  to.fetched.add({credential}, wire::seconds_since_1970(*fetches.last));
}

void add_next(std::string_view name, const CredentialStatus::Next& next, Families& to) {
  for (std::size_t i = 0; i < prober::kStateCount; ++i) {
    const auto state = static_cast<prober::State>(i);
    to.next_state.add({{"credential", name}, {"next", next.name}, {"state", to_string(state)}},
                      state == next.state ? 1 : 0);
  }
  if (next.last) to.next_tried.add({{"credential", name}, {"next", next.name}}, wire::seconds_since_1970(*next.last));
}

void add_scopes(const config::Credential& config, const CredentialStatus& status, Families& to) {
  if (!status.granted_scopes) return;
  const Label credential{"credential", status.name};
  if (!config.scopes.required.empty()) {
    to.missing.add({credential}, static_cast<double>(status.missing_scopes.size()));
  }
  if (!config.scopes.allowed.empty()) to.excess.add({credential}, static_cast<double>(status.excess_scopes.size()));
}

void add(const config::Credential& config, const CredentialStatus& status, Families& to) {
  const Label credential{"credential", status.name};
  const std::string users = wire::joined(config.used_by, ", ");
  to.info.add({credential,
               {"kind", to_string(config.kind)},
               {"owner", config.owner},
               {"used_by", users},
               {"rotation", config.rotation}},
              1);
  to.available.add({credential}, status.available ? 1 : 0);
  if (status.loaded_at) to.loaded.add({credential}, wire::seconds_since_1970(*status.loaded_at));
  to.rotations.add({credential}, static_cast<double>(status.rotations));
  add_lifespan(status, to);
  for (std::size_t i = 0; i < prober::kStateCount; ++i) {
    to.targets.add({credential, {"state", to_string(static_cast<prober::State>(i))}},
                   static_cast<double>(status.targets[i]));
  }
  to.backoff.add({credential}, status.lockout_backoff_seconds);
  add_scopes(config, status, to);
  if (status.next) add_next(status.name, *status.next, to);
  if (status.fetches) add_fetches(config, *status.fetches, to);
  if (!status.lookup) return;
  to.lookup_failures.add({credential}, static_cast<double>(status.lookup->failures));
  to.lookup_interval.add({credential}, std::chrono::duration<double>(status.lookup->interval).count());
  if (status.lookup->observed_at) to.observed.add({credential}, wire::seconds_since_1970(*status.lookup->observed_at));
}

}  // namespace

class CredentialMetrics::Snapshot : public prometheus::Collectable {
 public:
  void set(std::shared_ptr<const config::Config> config, std::vector<CredentialStatus> statuses) {
    const std::lock_guard lock(mutex_);
    config_.swap(config);
    statuses_.swap(statuses);
  }

  std::vector<MetricFamily> Collect() const override {
    const std::lock_guard lock(mutex_);
    Families families;
    const std::size_t count = config_ ? std::min(statuses_.size(), config_->credentials.size()) : 0;
    for (std::size_t i = 0; i < count; ++i) add(config_->credentials[i], statuses_[i], families);
    return families.take();
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const config::Config> config_;
  std::vector<CredentialStatus> statuses_;
};

CredentialMetrics::CredentialMetrics() : snapshot_(std::make_shared<Snapshot>()) {}
CredentialMetrics::~CredentialMetrics() = default;

void CredentialMetrics::set(std::shared_ptr<const config::Config> config, std::vector<CredentialStatus> statuses) {
  snapshot_->set(std::move(config), std::move(statuses));
}

std::shared_ptr<const prometheus::Collectable> CredentialMetrics::collectable() const {
  return snapshot_;
}

}  // namespace authprobe::metrics
