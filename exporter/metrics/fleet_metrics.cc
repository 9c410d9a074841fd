#include "exporter/metrics/fleet_metrics.h"

#include <algorithm>
#include <chrono>
#include <unordered_map>

#include "exporter/prober/prefetch.h"
#include "exporter/wire/time.h"

namespace authprobe::metrics {
namespace {

using prober::StatusClass;

std::int64_t to_millis(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::uint16_t transition_key(prober::Transition transition) {
  return static_cast<std::uint16_t>(static_cast<std::size_t>(transition.from) * prober::kStatusClassCount +
                                    static_cast<std::size_t>(transition.to));
}

void append_label(std::string& labels, std::string_view name, std::string_view value) {
  if (!labels.empty()) labels += ',';
  labels.append(name).append("=\"").append(escape_label(value)).append("\"");
}

std::string info_labels(const config::Target& target) {
  std::string labels;
  append_label(labels, "target", target.name);
  append_label(labels, "url", target.url.shown());
  append_label(labels, "method", target.method);
  const std::string& socket = target.connection->unix_socket;
  append_label(labels, "host", socket.empty() ? target.url.authority() : socket);
  append_label(labels, "credential", target.credential);
  for (const auto& [name, value] : target.labels) append_label(labels, name, value);
  return labels;
}

void copy_counts(CounterList& to, const CounterList& from, CounterList::Nodes& nodes) {
  for (const auto* node = from.first(); node != nullptr; node = CounterList::next(node)) {
    if (node->count.get() > 0) to.at(node->key, nodes) = node->count;
  }
}

std::uint8_t episode_value(diagnosis::Cause cause, diagnosis::Confidence confidence) {
  return static_cast<std::uint8_t>(static_cast<std::size_t>(cause) * diagnosis::kConfidenceCount +
                                   static_cast<std::size_t>(confidence));
}

void record_refusal(Row& row, const prober::ProbeRecord& record) {
  if (record.refusal && record.state != prober::State::ok) {
    row.auth_failures[static_cast<std::size_t>(record.refusal->cause)].increment();
    row.last_refusal.set(to_millis(record.finished));
  }
  if (!record.episode_cause) {
    row.episode.set(Row::kNoEpisode);
    return;
  }
  row.episode.set(episode_value(*record.episode_cause, record.episode_confidence));
}

}  // namespace

Counter& CounterList::at(std::uint16_t key, Nodes& nodes) {
  if (own_.key == key) return own_.count;
  std::atomic<Node*>* link = &first_;
  Node* node = link->load(std::memory_order_relaxed);
  while (node != nullptr && node->key < key) {
    link = &node->next;
    node = link->load(std::memory_order_relaxed);
  }
  if (node != nullptr && node->key == key) return node->count;
  const bool is_first = own_.key == kFree;
  if (is_first) own_.key = key;
  Node& added = is_first ? own_ : nodes.emplace_back(key);
  added.next.store(node, std::memory_order_relaxed);
  link->store(&added, std::memory_order_release);
  return added.count;
}

FleetMetrics::FleetMetrics(const config::Config& config, const FleetMetrics* previous) : rows_(config.targets.size()) {
  add_text(config);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    rows_[i].interval = config.targets[i].interval;
    add_zero_series(rows_[i], config.targets[i]);
  }
  if (previous == nullptr) return;
  std::unordered_map<std::string_view, std::size_t> known;
  for (std::size_t i = 0; i < previous->rows_.size(); ++i) known.emplace(previous->name(i), i);
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (const auto same = known.find(name(i)); same != known.end()) carry_over(rows_[i], previous->rows_[same->second]);
  }
}

void FleetMetrics::add_text(const config::Config& config) {
  for (const config::Target& target : config.targets) {
    names_ += escape_label(target.name);
    name_ends_.push_back(static_cast<std::uint32_t>(names_.size()));
    infos_ += info_labels(target);
    info_ends_.push_back(static_cast<std::uint32_t>(infos_.size()));
  }
  names_.append(TextBuffer::kBlock, '\0');
  names_.shrink_to_fit();
  infos_.shrink_to_fit();
}

std::string_view FleetMetrics::part(const std::string& all, const std::vector<std::uint32_t>& ends, std::size_t index) {
  const std::size_t begin = index == 0 ? 0 : ends[index - 1];
  return {all.data() + begin, ends[index] - begin};
}

// increase() does not see the first event of a series that begins with it, so those that alerts look at are there
// before.
void FleetMetrics::add_zero_series(Row& row, const config::Target& target) {
  for (const config::StatusRange& expected : target.expect->status) {
    row.responses.at(static_cast<std::uint16_t>(expected.first), nodes_);
  }
  for (const std::uint16_t code : {401, 403, 429}) row.responses.at(code, nodes_);
  for (const StatusClass refused : {StatusClass::c401, StatusClass::c403, StatusClass::c429}) {
    row.transitions.at(transition_key({StatusClass::c2xx, refused}), nodes_);
    row.transitions.at(transition_key({refused, StatusClass::c2xx}), nodes_);
  }
}

void FleetMetrics::carry_over(Row& row, const Row& previous) {
  static_cast<RowValues&>(row) = previous;
  copy_counts(row.responses, previous.responses, nodes_);
  copy_counts(row.transitions, previous.transitions, nodes_);
}

void FleetMetrics::record(const prober::ProbeRecord& record) {
  if (record.on_demand != 0) return;
  Row& row = rows_.at(record.target);
  const bool success = record.state == prober::State::ok;
  row.probes.increment();
  if (!success) row.failures.increment();
  record_answer(row, record);
  record_refusal(row, record);
  if (record.transition) {
    row.transitions.at(transition_key(*record.transition), nodes_).increment();
    row.last_transition.set(to_millis(record.finished));
  }
  row.state.set(record.state);
  for (std::size_t i = 0; i < http::kPhaseCount; ++i) row.phases[i].set(record.phase_seconds[i]);
  row.maintenance.set(record.maintenance);
  row.backoff.set(record.backoff_seconds);
  if (success) row.last_success.set(to_millis(record.finished));
  row.last_probe.set(to_millis(record.finished));
}

void FleetMetrics::record_answer(Row& row, const prober::ProbeRecord& record) {
  row.status.set(static_cast<std::uint16_t>(std::clamp(record.status, 0, 65535)));
  if (record.error != http::TransportError::none)
    row.transport_errors[static_cast<std::size_t>(record.error)].increment();
  if (record.certificate_expiry) row.certificate_expiry.set(to_millis(*record.certificate_expiry));
  if (record.status == 0) return;
  const bool valid = 100 <= record.status && record.status <= 599;
  row.responses.at(valid ? static_cast<std::uint16_t>(record.status) : Row::kInvalidCode, nodes_).increment();
  const prober::RateLimit& budget = record.rate_limit;
  row.rate_limit.set_or_clear(budget.limit);
  row.rate_limit_remaining.set_or_clear(budget.remaining);
  row.rate_limit_reset.set(budget.reset ? to_millis(*budget.reset) : Timestamp::kUnknown);
}

void FleetMetrics::record(const prober::DiagnosisUpdate& update) {
  Row& row = rows_.at(update.target);
  row.episode.set(episode_value(update.diagnosis.cause, update.diagnosis.confidence));
}

void FleetMetrics::prefetch_row(std::size_t target) const {
  const Row& row = rows_[target];
  prober::prefetch(&row.probes, &row.responses + 1);
}

void FleetMetrics::set_maintenance(std::size_t target, bool on) {
  rows_.at(target).maintenance.set(on);
}

}  // namespace authprobe::metrics
