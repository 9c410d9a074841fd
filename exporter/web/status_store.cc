#include "exporter/web/status_store.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "exporter/config/quantity.h"
#include "exporter/config/references.h"
#include "exporter/prober/schedule.h"

namespace authprobe::web {
namespace {

template <typename Rows>
auto find(Rows& rows, std::string_view name) {
  const auto row = std::ranges::lower_bound(rows, name, {}, &TargetStatus::name);
  return row != rows.end() && row->name() == name ? row : rows.end();
}

std::string_view owner_of(const config::Config& config, std::string_view credential) {
  const config::Credential* const found = config::find_credential(config, credential);
  return found != nullptr ? std::string_view(found->owner) : "";
}

// Nothing that a reader has to know differs. Times of requests and counts of them are left out.
bool looks_the_same(const prober::CredentialStatus& a, const prober::CredentialStatus& b) {
  const auto refusal = [](const prober::CredentialStatus& status) {
    return status.fetches && status.fetches->refusal ? std::optional(status.fetches->refusal->cause) : std::nullopt;
  };
  const auto next = [](const prober::CredentialStatus& status) {
    return status.next ? std::optional(std::pair(status.next->name, status.next->state)) : std::nullopt;
  };
  const auto previous = [](const prober::CredentialStatus& status) {
    return status.previous ? status.previous->state : prober::RetiredState::none;
  };
  const auto same_list = [](const inventory::Status& x, const inventory::Status& y) {
    return x.name == y.name && x.list == y.list && x.failure == y.failure && x.problem == y.problem;
  };
  return std::ranges::equal(a.inventories, b.inventories, same_list) && a.name == b.name &&
         a.available == b.available && a.problem == b.problem && a.rotations == b.rotations &&
         a.expiries == b.expiries && a.expiry_state == b.expiry_state && a.active == b.active &&
         a.granted_scopes == b.granted_scopes && a.missing_scopes == b.missing_scopes &&
         a.scope_changes == b.scope_changes && a.listed == b.listed && a.targets == b.targets &&
         refusal(a) == refusal(b) && next(a) == next(b) && previous(a) == previous(b);
}

// No probe has ended for so long that the exporter must be behind: what is shown may no longer be so.
bool is_stale(const TargetStatus& target, WallTime now) {
  constexpr int kGap = 4;  // intervals between two probes at most, while all is well with the exporter
  if (!target.last_probe) return false;
  const auto waits = std::chrono::milliseconds(static_cast<std::int64_t>(target.backoff_seconds * 1'000));
  return now - *target.last_probe > kGap * target.config->interval + waits;
}

// Of the same target before a reload; `old` is left without a configuration.
void keep_what_is_known(TargetStatus& row, TargetStatus& old) {
  old.config = std::move(row.config);
  old.owner = row.owner;
  row = std::move(old);
}

// Said of a target that this process has not probed yet. Rows do not keep it: each would have a text of its own.
void say_when_first_probed(TargetStatus& row) {
  if (row.recent.size() > 0 || row.explanation) return;
  row.explain(
      {"the first probe comes within " +
           config::format_duration(std::min<config::Duration>(row.config->interval, prober::Schedule::kFirstRound)) +
           " of the start, or of the reload that brought the target",
       {},
       ""});
}

// Without a refusal, what the episode was said to be stays as long as it lasts.
Explanation explanation_of(const prober::ProbeRecord& record, const TargetStatus& before) {
  if (record.refusal) return {record.detail, record.refusal->evidence, record.refusal->advice};
  if (!record.episode_cause) return {record.detail, {}, ""};
  return {record.detail, before.explained().evidence, before.explained().advice};
}

}  // namespace

std::string letters(const ProbeStrip& strip) {
  constexpr std::string_view kLetters = "poufrexnc";  // indexed by State
  static_assert(kLetters.size() == prober::kStateCount);
  std::string text;
  text.reserve(strip.size());
  for (std::size_t i = 0; i < strip.size(); ++i) text += kLetters[static_cast<std::size_t>(strip.at(i))];
  return text;
}

StatusStore::Rows StatusStore::rows_of(const std::shared_ptr<const config::Config>& config) {
  Rows rows;
  rows.reserve(config->targets.size());
  for (const auto& target : config->targets) {
    TargetStatus& row = rows.emplace_back();
    row.config = {config, &target};  // which the configuration owns
    row.owner = owner_of(*config, target.credential);
  }
  return rows;
}

void StatusStore::reload(std::shared_ptr<const config::Config> config, Rows rows) {
  const std::lock_guard lock(mutex_);
  auto old = rows_.begin();
  for (TargetStatus& row : rows) {
    while (old != rows_.end() && old->name() < row.name()) ++old;
    if (old != rows_.end() && old->name() == row.name()) keep_what_is_known(row, *old++);
  }
  config_ = std::move(config);
  rows_.swap(rows);
  ++revision_;
}

void StatusStore::restore(std::size_t target, const prober::TargetState& state, std::int64_t last_probe) {
  const std::lock_guard lock(mutex_);
  TargetStatus& row = rows_[target];
  row.state = state.state;
  row.since = state.since;
  row.last_good = state.last_good;
  row.last_probe = WallTime(std::chrono::milliseconds(last_probe));
  if (!state.episode) return;
  row.cause = state.episode->cause;
  row.confidence = state.episode->confidence;
}

void StatusStore::record(const prober::ProbeRecord& record) {
  const std::lock_guard lock(mutex_);
  TargetStatus& row = rows_[record.target];
  if (row.state != record.state || row.status != record.status || row.maintenance != record.maintenance) ++revision_;
  row.state = record.state;
  row.status = record.status;
  row.since = record.since;
  row.last_probe = record.finished;
  row.last_good = record.last_good;
  row.maintenance = record.maintenance;
  row.phase_seconds = record.phase_seconds;
  row.duration_seconds = record.duration_seconds;
  row.recent.add(record.state);
  if (record.certificate_expiry) row.certificate_expiry = record.certificate_expiry;
  if (record.certificate_chain && record.certificate_chain != row.certificate_chain) {
    row.certificate_chain = record.certificate_chain;
  }
  row.rate_limit = record.rate_limit;
  row.backoff_seconds = record.backoff_seconds;
  note_change(record);
  // A target that was ok and is ok has no texts to change; most probes end here. An update may have been too late.
  const bool stays_ok = record.state == prober::State::ok && record.previous_state == prober::State::ok;
  if (stays_ok && !record.transition && !row.cause) return;
  const bool explained_anew = row.explain(explanation_of(record, row));
  if (row.cause != record.episode_cause || explained_anew) ++revision_;
  row.answer = record.shown_answer;
  row.cause = record.episode_cause;
  row.confidence = record.episode_confidence;
  if (!record.transition) return;
  if (row.transitions.size() == kTransitionsKept) row.transitions.erase(row.transitions.begin());
  row.transitions.push_back({record.finished, *record.transition});
}

void StatusStore::note_change(const prober::ProbeRecord& record) {
  if (record.state == record.previous_state || record.previous_state == prober::State::pending) return;
  if (changes_.size() == kChangesKept) changes_.pop_back();
  const TargetStatus& row = rows_[record.target];
  changes_.push_front({record.finished, row.name(), row.credential(), record.previous_state, record.state,
                       record.episode_cause ? record.episode_cause : row.cause});
}

void StatusStore::record(const prober::DiagnosisUpdate& update) {
  const std::lock_guard lock(mutex_);
  ++revision_;
  TargetStatus& row = rows_[update.target];
  row.cause = update.diagnosis.cause;
  row.confidence = update.diagnosis.confidence;
  row.explain({row.explained().detail, update.diagnosis.evidence, update.diagnosis.advice});
}

std::shared_ptr<const config::Config> StatusStore::config() const {
  const std::lock_guard lock(mutex_);
  return config_;
}

void StatusStore::record(std::vector<prober::CredentialStatus> credentials) {
  const std::lock_guard lock(mutex_);
  if (!std::ranges::equal(credentials_, credentials, looks_the_same)) ++revision_;
  credentials_.swap(credentials);
}

std::vector<CredentialRow> StatusStore::credentials(const std::vector<TargetStatus>& targets) const {
  constexpr std::size_t kNamed = 100;
  std::unordered_map<std::string_view, std::vector<std::string>> not_ok;
  for (const TargetStatus& target : targets) {
    if (!is_failing(target)) continue;
    auto& names = not_ok[target.credential()];
    if (names.size() < kNamed) names.push_back(target.name());
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

Snapshot StatusStore::snapshot(WallTime now) const {
  Snapshot snapshot;
  snapshot.taken = now;
  // A reload in between would mix two configurations.
  do {
    {
      const std::lock_guard lock(mutex_);
      snapshot.config = config_;
      snapshot.revision = revision_;
      snapshot.changes.assign(changes_.begin(), changes_.end());
    }
    snapshot.targets = targets();
    snapshot.credentials = credentials(snapshot.targets);
    snapshot.inventories = inventories();
  } while (snapshot.config != config());
  for (TargetStatus& target : snapshot.targets) target.stale = is_stale(target, now);
  return snapshot;
}

std::vector<InventoryRow> StatusStore::inventories() const {
  std::vector<InventoryRow> rows;
  const std::lock_guard lock(mutex_);
  const std::vector<inventory::Status> known = prober::inventories_of(credentials_);
  for (const config::Inventory& inventory : config_->inventories) {
    const auto status = std::ranges::find(known, inventory.name, &inventory::Status::name);
    rows.push_back({inventory, status == known.end() ? inventory::Status{} : *status, {}});
  }
  for (const prober::CredentialStatus& credential : credentials_) {
    if (!credential.listed) continue;
    const auto is_its = [&](const InventoryRow& row) { return row.config.name == credential.listed->inventory; };
    const auto row = std::ranges::find_if(rows, is_its);
    if (row != rows.end()) row->credentials.emplace(credential.listed->id, credential.name);
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
  lock.unlock();
  for (TargetStatus& row : copy) say_when_first_probed(row);
  return copy;
}

std::optional<TargetStatus> StatusStore::target(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto row = find(rows_, name);
  if (row == rows_.end()) return std::nullopt;
  TargetStatus copy = *row;
  say_when_first_probed(copy);
  return copy;
}

}  // namespace authprobe::web
