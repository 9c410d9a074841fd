// Targets and credentials at a fixed moment, for the tests of pages and the API.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "exporter/web/frame.h"
#include "exporter/web/status_store.h"
#include "exporter/wire/encoding.h"

namespace authprobe::web {

using namespace std::chrono_literals;

inline const WallTime kNow{std::chrono::seconds{1'795'309'779}};  // 2026-11-22T01:09:39Z

inline TargetStatus target(std::string name, prober::State state = prober::State::ok, int status = 200) {
  config::Target configured;
  configured.url = wire::Url("https://api.example.com/" + wire::percent_encoded(name));
  configured.name = std::move(name);
  configured.connection = std::make_shared<const config::Connection>();
  configured.expect = std::make_shared<const config::Expectation>();
  TargetStatus made;
  made.config = std::make_shared<const config::Target>(std::move(configured));
  made.state = state;
  made.status = status;
  made.since = kNow - 4min;
  made.last_probe = kNow - 5s;
  made.recent.add(state);
  return made;
}

// Changes how it is configured.
template <typename Change>
void configure(TargetStatus& status, Change change) {
  config::Target configured = *status.config;
  change(configured);
  status.config = std::make_shared<const config::Target>(std::move(configured));
}

inline TargetStatus refused(std::string name, std::string credential = "billing") {
  TargetStatus made = target(std::move(name), prober::State::unauthorized, 401);
  configure(made, [&](config::Target& target) { target.credential = std::move(credential); });
  made.cause = diagnosis::Cause::expired_token;
  made.confidence = diagnosis::Confidence::certain;
  made.explain({"401 where 2xx was expected", {"exp was 4 min ago", "the server's clock agrees"}, "renew it"});
  made.transitions = {{kNow - 4min, {prober::StatusClass::c2xx, prober::StatusClass::c401}}};
  return made;
}

inline CredentialRow credential(const std::string& name, std::size_t ok = 1, std::size_t refused = 0) {
  CredentialRow made;
  made.name = name;
  made.kind = "bearer";
  made.status.name = name;
  made.status.available = true;
  made.status.targets[static_cast<std::size_t>(prober::State::ok)] = ok;
  made.status.targets[static_cast<std::size_t>(prober::State::unauthorized)] = refused;
  return made;
}

inline CredentialRow ending(const std::string& name, std::chrono::seconds left) {
  CredentialRow made = credential(name);
  made.status.expiry_state = credential::ExpiryState::known;
  made.status.expiries = {
      {credential::ExpiryKind::access, credential::ExpirySource::jwt, kNow + left, 14 * 24h, 2 * 24h}};
  made.status.warn_before = 14 * 24h;
  made.status.critical_before = 2 * 24h;
  return made;
}

inline Snapshot snapshot(std::vector<TargetStatus> targets, std::vector<CredentialRow> credentials = {}) {
  Snapshot made;
  made.config = std::make_shared<const config::Config>();
  made.targets = std::move(targets);
  made.credentials = std::move(credentials);
  std::ranges::sort(made.targets, {}, &TargetStatus::name);
  std::ranges::sort(made.credentials, {}, &CredentialRow::name);
  made.taken = kNow;
  return made;
}

inline const About kAbout{
    .version = "0.1.0", .revision = "abc", .started = kNow - std::chrono::hours(77), .metrics_path = "/metrics"};

template <typename Row>
std::vector<const Row*> pointers(const std::vector<Row>& rows) {
  std::vector<const Row*> list;
  for (const Row& row : rows) list.push_back(&row);
  return list;
}

}  // namespace authprobe::web
