// The running exporter: the prober with its metrics, pages and log. The probing thread owns it; data for other threads
// is guarded here.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "exporter/commands/broken_file_log.h"
#include "exporter/commands/commands.h"
#include "exporter/commands/credential_log.h"
#include "exporter/commands/list_log.h"
#include "exporter/commands/log.h"
#include "exporter/commands/mailbox.h"
#include "exporter/commands/on_demand_probes.h"
#include "exporter/commands/pace.h"
#include "exporter/commands/pulse.h"
#include "exporter/commands/target_log.h"
#include "exporter/config/config.h"
#include "exporter/config/load.h"
#include "exporter/config/shard.h"
#include "exporter/metrics/exporter_metrics.h"
#include "exporter/metrics/exposition.h"
#include "exporter/metrics/fleet_metrics.h"
#include "exporter/metrics/latest_families.h"
#include "exporter/prober/prober.h"
#include "exporter/store/store.h"
#include "exporter/web/http.h"
#include "exporter/web/site.h"
#include "exporter/web/status_store.h"
#include "exporter/web/worker.h"
#include "exporter/wire/file.h"

namespace authprobe::commands {

// The source of the configuration, at startup and at each reload.
struct ConfigSource {
  std::string file;
  std::optional<config::Shard> shard;
  std::chrono::milliseconds reload_every{0};  // how often changed files are looked for; 0: never

  // The configuration of this process: only its shard, if it has one.
  config::LoadResult load(const config::LoadMemory& before = {}) const;
};

class Service {
 public:
  Service(ConfigSource source, std::string telemetry_path, web::Site::Place place,
          const std::shared_ptr<const config::Config>& config, std::shared_ptr<const diagnosis::Ruleset> rules,
          Log& log);

  // Before run(): takes over what an earlier process left in the store, and keeps what happens there from now on. Null:
  // there is a store, but it cannot be used.
  void keep(std::unique_ptr<store::Store> storage);

  // Before run(): what the load of the configuration has left.
  void remember(config::LoadResult result);

  // The routes of the web server; their handlers refer to this object.
  std::vector<web::Route> routes() { return site_.routes(); }

  // Probes until `signal_fd` delivers SIGTERM or SIGINT; SIGHUP loads the configuration again.
  void run(int signal_fd);

  // Probes each target once, except those that are held back after refusals. False where a signal ended it before.
  bool run_once(int signal_fd);

  // After the probes: writes what the state file has not yet. False where the disk hangs under it: the process has to
  // end without destroying this object.
  bool close();

  // The metrics without those of this process, which node_exporter has under the same names for its own.
  std::string textfile() const;

  // All credentials and inventories as they are known now.
  std::string report(ReportFormat format) const;

 private:
  // A configuration with all that another thread can make of it. The probing thread only takes over what is known.
  struct Prepared {
    std::shared_ptr<const config::Config> config;
    std::shared_ptr<metrics::FleetMetrics> fleet;
    web::StatusStore::Rows rows;
    std::optional<prober::ReloadPlan> plan;  // none at the start
  };
  // `before` is the configuration in force; null: none.
  static std::shared_ptr<Prepared> prepare(std::shared_ptr<const config::Config> before,
                                           const std::shared_ptr<const config::Config>& config);

  // The probing thread.
  void turn();
  void handle_signals(int signal_fd);
  void take(Prepared& next, std::shared_ptr<const diagnosis::Ruleset> rules);
  void record(const prober::ProbeRecord& record);
  void record(const prober::DiagnosisUpdate& update);
  void prefetch_rows();
  void restore(const store::Store::Loaded& loaded);
  void note_maintenance();
  void note_credentials();
  bool lists_were_read() const;
  void note_slots();
  void look_at_files();
  void pass_list_answers();
  void load_beside(std::atomic<bool>& is_busy, void (Service::*load)());
  void note_broken(const std::vector<config::BrokenFile>& files);
  void note_lists(const std::vector<config::ListReport>& reports);
  void probe_on_demand(const std::string& name, std::chrono::milliseconds timeout, bool debug, web::Reply reply);

  // The loader's thread: loads the configuration and, without errors, passes it to the probing thread. `reply` may be
  // empty.
  void reload(const web::Reply& reply);
  // The same where files have changed: takes it only if it means something else, and says the same error once.
  void reload_changed();
  void load_again(bool is_asked, const web::Reply& reply);
  void refuse(const std::string& errors, bool is_asked, const web::Reply& reply);
  // The same for lists whose files have changed; all else stays as it was loaded.
  void read_lists();
  // The same for a list that a URL has answered.
  void read_answer(const prober::ListAnswer& answer);
  void load_lists_if_due();
  void load_lists();

  // The store's thread.
  void store_wrote(WallTime until);
  void store_failed(const std::string& error);

  const ConfigSource source_;
  Log& log_;
  CredentialLog credential_log_{log_};
  TargetLog target_log_{log_};
  ListLog list_log_{log_};
  BrokenFileLog broken_file_log_{log_};
  Mailbox mailbox_;
  metrics::ExporterMetrics exporter_metrics_;
  metrics::LatestFamilies credential_metrics_;
  metrics::LatestFamilies list_metrics_;
  metrics::LatestFamilies inventory_metrics_;
  metrics::LatestFamilies broken_file_metrics_;
  metrics::Exposition exposition_;
  std::shared_ptr<metrics::FleetMetrics> fleet_;
  web::StatusStore store_;
  prober::Prober prober_;
  OnDemandProbes on_demand_;
  std::set<std::uint64_t> debugged_;           // of those, the numbers that are answered with probe_log()
  std::vector<std::size_t> with_maintenance_;  // targets that have windows
  std::chrono::steady_clock::time_point maintenance_noted_;
  std::chrono::steady_clock::time_point credentials_noted_;
  std::uint64_t unsent_noted_ = 0;  // probes without a socket, as far as the log tells of them
  std::chrono::steady_clock::time_point unsent_noted_at_;
  bool stopping_ = false;
  std::chrono::steady_clock::time_point taken_;  // when the configuration was
  std::vector<bool> probed_;                     // in this run, by target
  std::size_t unprobed_ = 0;                     // how many are not
  std::unique_ptr<store::Store> storage_;        // null: nothing outlives this process
  std::string storage_problem_;                  // the writer's: what the log has said last
  Pulse pulse_{std::chrono::steady_clock::now()};
  std::atomic<bool> ready_{false};
  std::shared_ptr<const diagnosis::Ruleset> rules_;
  std::chrono::steady_clock::time_point lists_noted_;
  std::chrono::steady_clock::time_point files_noted_;
  std::size_t answers_passed_ = 0;  // to the loader, which has not read them yet
  std::atomic<bool> is_reading_lists_{false};
  std::atomic<bool> lists_have_changed_{false};  // and are not loaded again yet
  std::atomic<bool> is_reading_files_{false};
  // The loader's.
  std::shared_ptr<const config::Config> loaded_;
  config::LoadMemory memory_;
  wire::FileWatch list_files_;
  Pace list_pace_;
  std::vector<std::string> watched_;  // patterns of the configuration's files
  wire::FileWatch config_files_;
  std::string refused_;  // the errors of the last load, if it was refused
  // Last: their jobs use the other members. The site has its own worker: a scrape does not wait for a configuration.
  web::Worker loader_;
  web::Site site_;
};

}  // namespace authprobe::commands
