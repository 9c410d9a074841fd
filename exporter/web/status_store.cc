#include "exporter/web/status_store.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace authprobe::web {
namespace {

template <typename Rows>
auto find(Rows& rows, std::string_view name) {
  const auto row = std::lower_bound(rows.begin(), rows.end(), name,
                                    [](const TargetStatus& a, std::string_view b) { return a.name < b; });
  return row != rows.end() && row->name == name ? row : rows.end();
}

}  // namespace

void StatusStore::reload(std::shared_ptr<const config::Config> config) {
  Rows rows;
  rows.reserve(config->targets.size());
  for (const auto& target : config->targets) {
    // Only this thread writes rows, so they may be read here without the lock.
    const auto old = find(rows_, target.name);
    TargetStatus row = old == rows_.end() ? TargetStatus{} : *old;
    row.name = target.name;
    row.url = target.url;
    row.credential = target.credential;
    rows.push_back(std::move(row));
  }
  const std::lock_guard lock(mutex_);
  config_ = std::move(config);
  rows_.swap(rows);
}

void StatusStore::record(const prober::ProbeRecord& record) {
  const std::lock_guard lock(mutex_);
  TargetStatus& row = rows_[record.target];
  row.state = record.state;
  row.status = record.status;
  row.since = record.since;
  row.last_probe = record.finished;
  row.last_good = record.last_good;
  row.maintenance = record.maintenance;
  row.phase_seconds = record.phase_seconds;
  row.duration_seconds = record.duration_seconds;
  // A target that was ok and is ok has no texts to change; most probes end here. An update may have been too late.
  const bool stays_ok = record.state == prober::State::ok && record.previous_state == prober::State::ok;
  if (stays_ok && !record.transition && !row.cause) return;
  row.detail = record.detail;
  row.cause = record.episode_cause;
  row.confidence = record.episode_confidence;
  if (record.refusal) {
    row.evidence = record.refusal->evidence;
    row.advice = record.refusal->advice;
  } else if (!row.cause) {
    row.evidence.clear();
    row.advice.clear();
  }
  if (!record.transition) return;
  if (row.transitions.size() == kTransitionsKept) row.transitions.erase(row.transitions.begin());
  row.transitions.push_back({record.finished, *record.transition});
}

void StatusStore::record(const prober::DiagnosisUpdate& update) {
  const std::lock_guard lock(mutex_);
  TargetStatus& row = rows_[update.target];
  row.cause = update.diagnosis.cause;
  row.confidence = update.diagnosis.confidence;
  row.evidence = update.diagnosis.evidence;
  row.advice = update.diagnosis.advice;
}

std::shared_ptr<const config::Config> StatusStore::config() const {
  const std::lock_guard lock(mutex_);
  return config_;
}

void StatusStore::record(std::vector<prober::CredentialStatus> credentials) {
  const std::lock_guard lock(mutex_);
  credentials_.swap(credentials);
}

std::vector<CredentialRow> StatusStore::credentials(const std::vector<TargetStatus>& targets) const {
  constexpr std::size_t kNamed = 100;
  std::unordered_map<std::string_view, std::vector<std::string>> not_ok;
  for (const TargetStatus& target : targets) {
    if (target.state == prober::State::ok || target.state == prober::State::pending) continue;
    auto& names = not_ok[target.credential];
    if (names.size() < kNamed) names.push_back(target.name);
  }
  std::vector<CredentialRow> rows;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < std::min(credentials_.size(), config_->credentials.size()); ++i) {
    const config::Credential& configured = config_->credentials[i];
    if (credentials_[i].name != configured.name) break;  // between a reload and the first update after it
    rows.push_back({configured.name, std::string(to_string(configured.kind)), configured.owner, configured.used_by,
                    configured.rotation, configured.scopes.required, credentials_[i], not_ok[configured.name]});
  }
  return rows;
}

std::vector<TargetStatus> StatusStore::targets() const {
  std::vector<TargetStatus> copy;
  std::unique_lock lock(mutex_);
  const auto config = config_;
  copy.reserve(rows_.size());
  // A reload between two steps would mix two fleets: the copy ends with the rows before it.
  while (config == config_ && copy.size() < rows_.size()) {
    const auto begin = rows_.begin() + static_cast<std::ptrdiff_t>(copy.size());
    copy.insert(copy.end(), begin,
                begin + static_cast<std::ptrdiff_t>(std::min(kCopiedAtOnce, rows_.size() - copy.size())));
    lock.unlock();
    lock.lock();
  }
  return copy;
}

std::optional<TargetStatus> StatusStore::target(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto row = find(rows_, name);
  if (row == rows_.end()) return std::nullopt;
  return *row;
}

}  // namespace authprobe::web
