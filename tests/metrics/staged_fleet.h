// Targets and probes as the tests tell them: `fleet.probe("a").answered(401)`.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/metrics/fleet_metrics.h"
#include "exporter/metrics/text_writer.h"
#include "exporter/prober/probe_record.h"
#include "exporter/wire/encoding.h"

namespace authprobe::metrics {

inline config::Target a_target(const std::string& name, std::vector<config::StatusRange> expected = {{200, 299}}) {
  config::Target target;
  target.name = name;
  target.url = wire::Url("https://api.example.com/" + wire::percent_encoded(name.substr(0, 100)));
  target.connection = std::make_shared<config::Connection>();
  auto expectation = std::make_shared<config::Expectation>();
  expectation->status = std::move(expected);
  target.expect = std::move(expectation);
  return target;
}

inline config::Config a_config(std::vector<config::Target> targets) {
  config::Config config;
  config.targets = std::move(targets);
  return config;
}

// A finished probe of target `index`, `seconds` after 2026-01-01 00:00:00 UTC.
class StagedProbe {
 public:
  explicit StagedProbe(std::size_t index, double seconds = 0) {
    record_.target = index;
    record_.finished = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) +
                       std::chrono::milliseconds(static_cast<int>(seconds * 1000));
    record_.phase_seconds = {0.001, 0.002, 0.01, 0.05, 0.0005};
    record_.duration_seconds = 0.0635;
  }

  StagedProbe& answered(int status, prober::State state = prober::State::ok) {
    record_.status = status;
    record_.state = state;
    return *this;
  }
  StagedProbe& failed(http::TransportError error) {
    record_.error = error;
    record_.state = prober::State::unreachable;
    return *this;
  }
  StagedProbe& changed(prober::StatusClass from, prober::StatusClass to) {
    record_.transition = prober::Transition{from, to};
    return *this;
  }
  StagedProbe& refused(diagnosis::Cause cause, diagnosis::Confidence confidence) {
    diagnosis::Diagnosis& refusal = record_.refusal.emplace();
    refusal.cause = cause;
    refusal.confidence = confidence;
    return in_episode(cause, confidence);
  }
  StagedProbe& in_episode(diagnosis::Cause cause, diagnosis::Confidence confidence) {
    record_.episode_cause = cause;
    record_.episode_confidence = confidence;
    return *this;
  }
  StagedProbe& budget(double limit, double remaining, std::chrono::seconds reset_in) {
    record_.rate_limit = {limit, remaining, record_.finished + reset_in};
    return *this;
  }
  StagedProbe& certificate_until(std::chrono::sys_seconds expiry) {
    record_.certificate_expiry = expiry;
    return *this;
  }
  StagedProbe& waits(double seconds) {
    record_.backoff_seconds = seconds;
    return *this;
  }
  StagedProbe& on_demand() {
    record_.on_demand = 7;
    return *this;
  }
  operator const prober::ProbeRecord&() const { return record_; }

 private:
  prober::ProbeRecord record_;
};

inline std::string text_of(const FleetMetrics& fleet, WallTime now = std::chrono::system_clock::now()) {
  Text text;
  TextWriter out(text);
  fleet.render(out, now);
  out.flush();
  return std::string(static_cast<std::string_view>(text));
}

}  // namespace authprobe::metrics
