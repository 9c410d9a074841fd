#include "exporter/metrics/fleet_survey.h"

#include <cmath>
#include <string>
#include <string_view>

namespace authprobe::metrics {
namespace {

using prober::State;

bool is_known(const Timestamp& time) {
  return time.get() != Timestamp::kUnknown;
}

void keep_earliest(Timestamp& kept, const Timestamp& time) {
  if (is_known(time) && (!is_known(kept) || time.get() < kept.get())) kept = time;
}

void keep_latest(Timestamp& kept, const Timestamp& time) {
  if (kept.get() < time.get()) kept = time;  // kUnknown is before all
}

std::string with_label(std::string_view labels, std::string_view name, std::string_view value) {
  std::string all(labels);
  append_label(all, name, value);
  return all;
}

// Whether the last probe was refused, against what is expected.
bool is_refused(const Row& row) {
  return is_known(row.last_refusal) && row.last_refusal.get() >= row.last_probe.get();
}

double share_left(const Row& row) {
  return row.rate_limit_remaining.get() / row.rate_limit.get();
}

// The groups for which a time is known.
void write_times(TextWriter& out, const TargetGroups& groups, const std::vector<Timestamp>& times) {
  for (std::size_t group = 0; group < groups.count(); ++group) {
    if (is_known(times[group])) out.sample(groups.labels(group), Millis{times[group].get()});
  }
}

}  // namespace

FleetSurvey::FleetSurvey(const FleetMetrics& fleet, WallTime now)
    : fleet_(fleet),
      now_(std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count()),
      overdue_(fleet.groups().credentials.count()),
      oldest_probe_(fleet.groups().credentials.count()),
      last_success_(fleet.groups().credentials.count()),
      accepted_(fleet.groups().credentials_at_hosts.count()),
      certificate_end_(fleet.groups().hosts.count()) {
  for (std::size_t target = 0; target < fleet.size(); ++target) look_at(target);
}

void FleetSurvey::look_at(std::size_t target) {
  const Row& row = fleet_.row(target);
  const auto number = static_cast<std::uint32_t>(target);
  const State state = row.state.get();
  if (state == State::pending) {
    pending_.push_back(number);
  } else if (state != State::ok) {
    troubled_.push_back(number);
  }
  if (row.maintenance.get()) maintained_.push_back(number);
  if (is_recent(row.change_to_401) || is_recent(row.change_to_403)) changed_.push_back(number);
  if (is_recent(row.last_failure)) failed_.push_back(number);
  if (is_low(row)) low_.push_back(number);
  look_at_groups(target, row);
}

void FleetSurvey::look_at_groups(std::size_t target, const Row& row) {
  const FleetGroups& groups = fleet_.groups();
  const std::size_t credential = groups.credentials.of(target);
  if (is_overdue(row)) ++overdue_[credential];
  if (!row.maintenance.get()) {
    keep_earliest(certificate_end_[groups.hosts.of(target)], row.certificate_expiry);
  }
  if (!groups.has_credential[target]) return;
  keep_latest(last_success_[credential], row.last_success);
  if (row.state.get() != State::ok) return;
  keep_earliest(oldest_probe_[credential], row.last_probe);
  // One that expects a refusal, in HTTP or in TLS (no status), says nothing of its credential.
  const int status = row.status.get();
  if (status > 0 && status < 400) keep_latest(accepted_[groups.credentials_at_hosts.of(target)], row.last_success);
}

bool FleetSurvey::is_recent(const Timestamp& time) const {
  return is_known(time) && now_ - time.get() < std::chrono::milliseconds(kRecent).count();
}

bool FleetSurvey::is_overdue(const Row& row) const {
  const std::int64_t allowed = 3 * row.interval.count() + std::chrono::milliseconds(kGrace).count();
  const auto backoff = static_cast<std::int64_t>(row.backoff.get() * 1000);
  return (row.probed() && now_ - row.last_probe.get() > allowed + backoff) ||
         (row.state.get() == State::pending && now_ - fleet_.since() > allowed);
}

bool FleetSurvey::is_low(const Row& row) const {
  return share_left(row) < kLowShare && row.rate_limit_reset.get() > now_;
}

void FleetSurvey::write(TextWriter& out) const {
  write_trouble(out);
  write_recent(out);
  out.family(
      "authprobe_rate_limit_low_ratio", "gauge",
      "Share of the server's rate limit that is left, where it is below a quarter and the window has not ended.");
  for (const std::uint32_t target : low_) out.sample(fleet_.info(target), share_left(fleet_.row(target)));
  write_groups(out);
}

void FleetSurvey::write_trouble(TextWriter& out) const {
  out.family("authprobe_target_trouble_status_code", "gauge",
             "Status code of the last probe of a target whose state is neither ok nor pending; 0 without an HTTP "
             "response.");
  for (const std::uint32_t target : troubled_) {
    const Row& row = fleet_.row(target);
    const std::string labels = with_label(fleet_.info(target), "state", to_string(row.state.get()));
    out.sample(with_label(labels, "refused", is_refused(row) ? "true" : "false"), std::uint64_t{row.status.get()});
  }
  out.family("authprobe_target_trouble_interval_seconds", "gauge",
             "Configured interval of a target whose state is neither ok nor pending.");
  for (const std::uint32_t target : troubled_) {
    out.sample(fleet_.info(target), std::chrono::duration<double>(fleet_.row(target).interval).count());
  }
  out.family("authprobe_target_pending", "gauge", "A target that has not been probed yet. Always 1.");
  write_ones(out, pending_);
  out.family("authprobe_target_in_maintenance", "gauge", "A target in a maintenance window. Always 1.");
  write_ones(out, maintained_);
}

void FleetSurvey::write_ones(TextWriter& out, const Targets& targets) const {
  for (const std::uint32_t target : targets) out.sample(fleet_.info(target), std::uint64_t{1});
}

void FleetSurvey::write_recent(TextWriter& out) const {
  out.family("authprobe_recent_change_timestamp_seconds", "gauge",
             "Time of the target's last change from 2xx to 401 or to 403, for an hour.");
  for (const std::uint32_t target : changed_) {
    const Row& row = fleet_.row(target);
    if (is_recent(row.change_to_401)) {
      out.sample(with_label(fleet_.info(target), "to", "401"), Millis{row.change_to_401.get()});
    }
    if (is_recent(row.change_to_403)) {
      out.sample(with_label(fleet_.info(target), "to", "403"), Millis{row.change_to_403.get()});
    }
  }
  out.family("authprobe_recent_failure_timestamp_seconds", "gauge",
             "Time at which the target last went from ok to unexpected or unreachable, for an hour.");
  for (const std::uint32_t target : failed_) {
    out.sample(fleet_.info(target), Millis{fleet_.row(target).last_failure.get()});
  }
}

void FleetSurvey::write_groups(TextWriter& out) const {
  const FleetGroups& groups = fleet_.groups();
  out.family("authprobe_credential_accepted_timestamp_seconds", "gauge",
             "Time of the last probe with the credential that the host let in, by the targets that are let in now.");
  write_times(out, groups.credentials_at_hosts, accepted_);
  out.family("authprobe_credential_last_success_timestamp_seconds", "gauge",
             "Time of the last probe with the credential that went as expected.");
  write_times(out, groups.credentials, last_success_);
  out.family("authprobe_credential_oldest_probe_timestamp_seconds", "gauge",
             "Time of the last probe of that target of the credential which was probed least recently, by those that "
             "are ok.");
  write_times(out, groups.credentials, oldest_probe_);
  out.family("authprobe_host_certificate_expiration_timestamp_seconds", "gauge",
             "Earliest expiry in the certificate chains of the host, by its targets that are not in maintenance.");
  write_times(out, groups.hosts, certificate_end_);
  out.family("authprobe_overdue_targets", "gauge",
             "Targets without a probe for three of their intervals, their backoff and a minute.");
  for (std::size_t group = 0; group < groups.credentials.count(); ++group) {
    out.sample(groups.credentials.labels(group), overdue_[group]);
  }
}

}  // namespace authprobe::metrics
