// The families of targets: which series are there from the start, what a probe sets in a target's row, and how rows are
// shown. Another metric of targets is a member of RowValues, a line of record(), and a row of the table.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/metrics/fleet_metrics.h"
#include "exporter/metrics/fleet_survey.h"
#include "exporter/metrics/text_writer.h"

namespace authprobe::metrics {
namespace {

using prober::StatusClass;

// Of any year.
std::int64_t to_millis(std::chrono::sys_seconds time) {
  return std::chrono::milliseconds(time.time_since_epoch()).count();
}

std::int64_t to_millis(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::uint16_t transition_key(prober::Transition transition) {
  return static_cast<std::uint16_t>(static_cast<std::size_t>(transition.from) * prober::kStatusClassCount +
                                    static_cast<std::size_t>(transition.to));
}

void record_refusal(const prober::ProbeRecord& record, Row& row) {
  if (record.refusal && record.state != prober::State::ok) {
    row.auth_failures[static_cast<std::size_t>(record.refusal->cause)].increment();
    row.last_refusal.set(to_millis(record.finished));
  }
  row.episode.set(record.episode_cause ? Row::episode_of(*record.episode_cause, record.episode_confidence)
                                       : Row::kNoEpisode);
}

// What alerts tell of what comes and goes.
void record_recent(const prober::ProbeRecord& record, Row& row) {
  using prober::State;
  const std::int64_t finished = to_millis(record.finished);
  if (record.transition && record.transition->from == StatusClass::c2xx) {
    if (record.transition->to == StatusClass::c401) row.change_to_401.set(finished);
    if (record.transition->to == StatusClass::c403) row.change_to_403.set(finished);
  }
  const bool failed = record.state == State::unexpected || record.state == State::unreachable;
  if (failed && row.state.get() == State::ok) row.last_failure.set(finished);
}

void record_answer(const prober::ProbeRecord& record, Row& row, CounterList::Nodes& nodes) {
  row.status.set(static_cast<std::uint16_t>(std::clamp(record.status, 0, 65535)));
  // A refusal in TLS that was expected is no error.
  if (record.error != http::TransportError::none && record.state != prober::State::ok)
    row.transport_errors[static_cast<std::size_t>(record.error)].increment();
  if (record.certificate_expiry) row.certificate_expiry.set(to_millis(*record.certificate_expiry));
  if (record.status == 0) return;
  const bool valid = 100 <= record.status && record.status <= 599;
  row.responses.at(valid ? static_cast<std::uint16_t>(record.status) : Row::kInvalidCode, nodes).increment();
  const prober::RateLimit& budget = record.rate_limit;
  row.rate_limit.set_or_clear(budget.limit);
  row.rate_limit_remaining.set_or_clear(budget.remaining);
  row.rate_limit_reset.set(budget.reset ? to_millis(*budget.reset) : Timestamp::kUnknown);
}

// What follows a target's name in a line: `",state="ok"} `. One for each value of the family's other label.
using LineSuffixes = std::vector<PaddedText>;

PaddedText suffix(std::string_view label, std::string_view value) {
  return PaddedText(std::string("\",").append(label).append("=\"").append(value).append("\"} "));
}

template <typename Enum, std::size_t kCount>
LineSuffixes suffixes(std::string_view label) {
  LineSuffixes all;
  for (std::size_t i = 0; i < kCount; ++i) all.push_back(suffix(label, to_string(static_cast<Enum>(i))));
  return all;
}

LineSuffixes codes() {
  LineSuffixes all;
  for (int code = 100; code <= 599; ++code) all.push_back(suffix("code", std::to_string(code)));
  all.push_back(suffix("code", "invalid"));
  return all;
}

LineSuffixes transitions() {
  LineSuffixes all;
  for (std::size_t key = 0; key < prober::kStatusClassCount * prober::kStatusClassCount; ++key) {
    const auto from = static_cast<StatusClass>(key / prober::kStatusClassCount);
    const auto to = static_cast<StatusClass>(key % prober::kStatusClassCount);
    all.push_back(suffix(std::string("from=\"").append(to_string(from)).append("\",to"), to_string(to)));
  }
  return all;
}

LineSuffixes episodes() {
  LineSuffixes all;
  for (std::size_t key = 0; key < diagnosis::kCauseCount * diagnosis::kConfidenceCount; ++key) {
    const auto cause = static_cast<diagnosis::Cause>(key / diagnosis::kConfidenceCount);
    const auto confidence = static_cast<diagnosis::Confidence>(key % diagnosis::kConfidenceCount);
    all.push_back(
        suffix(std::string("cause=\"").append(to_string(cause)).append("\",confidence"), to_string(confidence)));
  }
  return all;
}

LineSuffixes errors() {
  return suffixes<http::TransportError, http::kTransportErrorCount>("reason");
}
LineSuffixes states() {
  return suffixes<prober::State, prober::kStateCount>("state");
}
LineSuffixes causes() {
  return suffixes<diagnosis::Cause, diagnosis::kCauseCount>("cause");
}
LineSuffixes phases() {
  return suffixes<http::Phase, http::kPhaseCount>("phase");
}

bool known(std::uint64_t) {
  return true;
}
bool known(double value) {
  return !std::isnan(value);
}
bool known(Millis value) {
  return value.count != Timestamp::kUnknown;
}

// The ways in which a family's series come from the rows. Templates, so that the loop over the targets has the value's
// expression in it.
using Write = void (*)(const FleetMetrics& fleet, TextWriter& out);

template <typename WriteLines>
void for_each_target(const FleetMetrics& fleet, TextWriter& out, WriteLines write_lines) {
  for (std::size_t i = 0; i < fleet.size(); ++i) {
    out.use_target(fleet.name(i));
    write_lines(fleet.row(i));
  }
}

// One series for each target whose value is shown.
template <auto value_of, typename IsShown>
void one_where(const FleetMetrics& fleet, TextWriter& out, IsShown is_shown) {
  const PaddedText end("\"} ");
  for (std::size_t i = 0; i < fleet.size(); ++i) {
    if (const auto value = value_of(fleet.row(i)); is_shown(value)) out.only_sample(fleet.name(i), end, value);
  }
}

template <auto value_of>
void one(const FleetMetrics& fleet, TextWriter& out) {
  one_where<value_of>(fleet, out, [](auto value) { return known(value); });
}

// In the lean form only of those whose value is not 0.
template <auto value_of>
void one_if_lean_not_zero(const FleetMetrics& fleet, TextWriter& out) {
  one_where<value_of>(fleet, out, [lean = fleet.is_lean()](auto value) { return value != 0 || !lean; });
}

// A series of each target for every suffix from `first` on, in the lean form without zeros: `value_of(row, number)`.
template <auto all_suffixes, auto value_of, std::size_t first = 0>
void each(const FleetMetrics& fleet, TextWriter& out) {
  const LineSuffixes suffixes = all_suffixes();
  ZeroLines zeros = out.zero_lines(suffixes);
  for_each_target(fleet, out, [&, lean = fleet.is_lean()](const Row& row) {
    std::size_t next = first;  // of the lines that are not written
    for (std::size_t i = first; i < suffixes.size(); ++i) {
      const auto value = value_of(row, i);
      if (value == 0) continue;
      if (!lean) out.target_zeros(zeros, next, i);
      out.target_sample(suffixes[i], value);
      next = i + 1;
    }
    if (!lean) out.target_zeros(zeros, next, suffixes.size());
  });
}

// A series for every counter in a list of the row: the suffix's number is `number_of(key)`.
template <auto all_suffixes, CounterList Row::*list, auto number_of>
void counted(const FleetMetrics& fleet, TextWriter& out) {
  const LineSuffixes suffixes = all_suffixes();
  for_each_target(fleet, out, [&](const Row& row) {
    for (const auto* node = (row.*list).first(); node != nullptr; node = CounterList::next(node)) {
      out.target_sample(suffixes[number_of(node->key)], node->count.get());
    }
  });
}

void info(const FleetMetrics& fleet, TextWriter& out) {
  for (std::size_t i = 0; i < fleet.size(); ++i) out.sample(fleet.info(i), std::uint64_t{1});
}

void cause(const FleetMetrics& fleet, TextWriter& out) {
  const LineSuffixes suffixes = episodes();
  for_each_target(fleet, out, [&](const Row& row) {
    const std::uint8_t episode = row.episode.get();
    if (episode != Row::kNoEpisode) out.target_sample(suffixes[episode], std::uint64_t{1});
  });
}

void phase_durations(const FleetMetrics& fleet, TextWriter& out) {
  const LineSuffixes suffixes = phases();
  for_each_target(fleet, out, [&](const Row& row) {
    for (std::size_t i = 0; row.probed() && i < suffixes.size(); ++i)
      out.target_sample(suffixes[i], Micros{row.phases[i].micros()});
  });
}

double if_probed(const Row& row, double value) {
  return row.probed() ? value : std::nan("");
}

struct TargetFamily {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  Write write;
};

constexpr TargetFamily kTargetFamilies[] = {
    {"authprobe_target_info", "gauge", "URL, method, host, credential and configured labels of the target. Always 1.",
     info},
    {"authprobe_target_interval_seconds", "gauge", "Configured interval between two probes of the target.",
     one<[](const Row& row) { return std::chrono::duration<double>(row.interval).count(); }>},
    {"authprobe_probes_total", "counter", "Finished probes.", one<[](const Row& row) { return row.probes.get(); }>},
    {"authprobe_probe_failures_total", "counter", "Probes whose state was not ok.",
     one<[](const Row& row) { return row.failures.get(); }>},
    {"authprobe_http_responses_total", "counter",
     "HTTP responses by status code; invalid is a code outside 100 to 599.",
     counted<codes, &Row::responses,
             [](std::uint16_t key) -> std::size_t { return key == Row::kInvalidCode ? 500 : key - 100u; }>},
    {"authprobe_transport_errors_total", "counter", "Probes without a complete HTTP response, by reason.",
     each<errors, [](const Row& row, std::size_t i) { return row.transport_errors[i].get(); }, 1>},
    {"authprobe_probe_success", "gauge", "1 if the last probe went as expected, else 0.",
     one<[](const Row& row) { return if_probed(row, row.state.get() == prober::State::ok ? 1 : 0); }>},
    {"authprobe_http_status_code", "gauge", "Status code of the last probe; 0 without an HTTP response.",
     one<[](const Row& row) { return if_probed(row, row.status.get()); }>},
    {"authprobe_target_state", "gauge", "1 for the target's current state, 0 for the others.",
     each<states,
          [](const Row& row, std::size_t i) -> std::uint64_t {
            return static_cast<std::size_t>(row.state.get()) == i ? 1 : 0;
          }>},
    {"authprobe_status_transitions_total", "counter", "Changes of the status class from one probe to the next.",
     counted<transitions, &Row::transitions, [](std::uint16_t key) -> std::size_t { return key; }>},
    {"authprobe_last_transition_timestamp_seconds", "gauge", "Time of the last change of the status class.",
     one<[](const Row& row) { return Millis{row.last_transition.get()}; }>},
    {"authprobe_last_probe_timestamp_seconds", "gauge", "Time at which the last probe finished.",
     one<[](const Row& row) { return Millis{row.last_probe.get()}; }>},
    {"authprobe_last_success_timestamp_seconds", "gauge",
     "Time at which the last probe that went as expected finished.",
     one<[](const Row& row) { return Millis{row.last_success.get()}; }>},
    {"authprobe_last_refusal_timestamp_seconds", "gauge", "Time of the last unexpected refusal.",
     one<[](const Row& row) { return Millis{row.last_refusal.get()}; }>},
    {"authprobe_auth_failures_total", "counter", "Refused probes by diagnosed cause.",
     each<causes, [](const Row& row, std::size_t i) { return row.auth_failures[i].get(); }>},
    {"authprobe_auth_failure_cause", "gauge", "Cause of the current refusal: 1 from the first refusal to the recovery.",
     cause},
    {"authprobe_probe_phase_duration_seconds", "gauge", "Duration of each phase of the last probe.", phase_durations},
    {"authprobe_tls_certificate_expiration_timestamp_seconds", "gauge",
     "Earliest expiry in the certificate chain that the server sent last.",
     one<[](const Row& row) { return Millis{row.certificate_expiry.get()}; }>},
    {"authprobe_rate_limit_limit", "gauge",
     "Requests that the server allows in its rate limit window, from the last response.",
     one<[](const Row& row) { return row.rate_limit.get(); }>},
    {"authprobe_rate_limit_remaining", "gauge",
     "Requests left in the server's rate limit window, from the last response.",
     one<[](const Row& row) { return row.rate_limit_remaining.get(); }>},
    {"authprobe_rate_limit_reset_timestamp_seconds", "gauge",
     "Time at which the server's rate limit window starts again, from the last response.",
     one<[](const Row& row) { return Millis{row.rate_limit_reset.get()}; }>},
    {"authprobe_target_maintenance", "gauge", "1 during a maintenance window of the target, else 0.",
     one_if_lean_not_zero<[](const Row& row) -> std::uint64_t { return row.maintenance.get() ? 1 : 0; }>},
    {"authprobe_target_backoff_seconds", "gauge", "Delay of the target's next probe beyond its interval.",
     one_if_lean_not_zero<[](const Row& row) { return row.backoff.get(); }>},
};

}  // namespace

// increase() does not see the first event of a series that begins with it, so those that alerts look at are there
// before.
void FleetMetrics::add_zero_series(Row& row, const config::Target& target) {
  for (const StatusClass refused : {StatusClass::c401, StatusClass::c403, StatusClass::c429}) {
    row.transitions.at(transition_key({StatusClass::c2xx, refused}), nodes_);
    row.transitions.at(transition_key({refused, StatusClass::c2xx}), nodes_);
  }
  if (is_lean()) return;
  for (const config::StatusRange& expected : target.expect->status) {
    row.responses.at(static_cast<std::uint16_t>(expected.first), nodes_);
  }
  for (const auto code : {std::uint16_t{401}, std::uint16_t{403}, std::uint16_t{429}}) row.responses.at(code, nodes_);
}

void FleetMetrics::record(const prober::ProbeRecord& record) {
  if (record.on_demand != 0) return;
  Row& row = rows_.at(record.target);
  const bool success = record.state == prober::State::ok;
  row.probes.increment();
  if (!success) row.failures.increment();
  record_answer(record, row, nodes_);
  record_refusal(record, row);
  if (record.transition) {
    row.transitions.at(transition_key(*record.transition), nodes_).increment();
    row.last_transition.set(to_millis(record.finished));
  }
  record_recent(record, row);
  row.state.set(record.state);
  for (std::size_t i = 0; i < http::kPhaseCount; ++i) row.phases[i].set(record.phase_seconds[i]);
  row.maintenance.set(record.maintenance);
  row.backoff.set(record.backoff_seconds);
  if (success) row.last_success.set(to_millis(record.finished));
  row.last_probe.set(to_millis(record.finished));
}

void FleetMetrics::record(const prober::DiagnosisUpdate& update) {
  rows_.at(update.target).episode.set(Row::episode_of(update.diagnosis.cause, update.diagnosis.confidence));
}

void FleetMetrics::render(TextWriter& out, WallTime now) const {
  for (const TargetFamily& family : kTargetFamilies) {
    out.family(family.name, family.type, family.help);
    family.write(*this, out);
  }
  FleetSurvey(*this, now).write(out);
}

}  // namespace authprobe::metrics
