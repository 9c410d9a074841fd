// The data of pages and the API for each target: the probing thread writes one target at a time, other threads copy in
// short steps, so that a page of the whole fleet never delays a probe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/prober/credential_status.h"
#include "exporter/prober/prefetch.h"
#include "exporter/prober/probe_record.h"
#include "exporter/prober/target_state.h"
#include "exporter/web/status.h"

namespace authprobe::web {

// All that pages and the API show, of one moment.
struct Snapshot {
  std::shared_ptr<const config::Config> config;  // never null
  std::vector<TargetStatus> targets;             // in name order, as Config::targets
  std::vector<CredentialRow> credentials;        // in name order
  std::vector<InventoryRow> inventories;         // in name order
  std::vector<StateChange> changes;              // the latest first
  std::uint64_t revision = 0;                    // the same: nothing but times and probes' results has changed
  WallTime taken;
};

class StatusStore {
 public:
  using Rows = std::vector<TargetStatus>;  // in name order, as Config::targets

  // Any thread: the rows of a configuration whose targets nothing is known of.
  static Rows rows_of(const std::shared_ptr<const config::Config>& config);

  // The probing thread: a new configuration, with its rows. Targets of the same name keep their data.
  void reload(std::shared_ptr<const config::Config> config, Rows rows);

  // The probing thread, before the first probe: what an earlier process knew of the target. `last_probe` in
  // milliseconds since 1970.
  void restore(std::size_t target, const prober::TargetState& state, std::int64_t last_probe);

  // The probing thread: a finished probe.
  void record(const prober::ProbeRecord& record);

  // The probing thread: prefetches the target's row; before record().
  void prefetch_row(std::size_t target) const { prober::prefetch(rows_[target]); }

  // The probing thread: the diagnosis of the current episode has changed.
  void record(const prober::DiagnosisUpdate& update);

  // The probing thread: the status of the credentials, in the configuration's order.
  void record(std::vector<prober::CredentialStatus> credentials);

  // Any thread. Before the first reload() its configuration is empty.
  Snapshot snapshot(WallTime now) const;

  // Any thread.
  std::shared_ptr<const config::Config> config() const;
  std::vector<CredentialRow> credentials(const std::vector<TargetStatus>& targets) const;
  std::vector<TargetStatus> targets() const;
  std::optional<TargetStatus> target(std::string_view name) const;
  std::vector<InventoryRow> inventories() const;

 private:
  static constexpr std::size_t kCopiedAtOnce = 256;
  static constexpr std::size_t kTransitionsKept = 10;
  static constexpr std::size_t kChangesKept = 500;

  void note_change(const prober::ProbeRecord& record);

  mutable std::mutex mutex_;
  std::shared_ptr<const config::Config> config_ = std::make_shared<const config::Config>();
  Rows rows_;
  std::vector<prober::CredentialStatus> credentials_;
  std::deque<StateChange> changes_;  // the latest first
  std::uint64_t revision_ = 0;
};

}  // namespace authprobe::web
