#include "exporter/commands/service.h"

#include <malloc.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "exporter/commands/probe_log.h"
#include "exporter/metrics/probe_exposition.h"
#include "exporter/metrics/process_metrics.h"
#include "exporter/prober/maintenance.h"
#include "exporter/web/report.h"
#include "version.h"

namespace authprobe::commands {
namespace {

using prober::ProbeRecord;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr std::chrono::seconds kMaintenanceEvery{1};
constexpr std::chrono::milliseconds kCredentialsEvery{500};
constexpr std::chrono::minutes kListsOfOneRun{1};  // a longer list is not waited for where each target is probed once
constexpr std::chrono::seconds kUnsentEvery{60};
constexpr std::chrono::seconds kListsAgain{2};  // after a change of one, at the earliest

}  // namespace

Service::Service(ConfigSource source, std::string telemetry_path, web::Site::Place place,
                 const std::shared_ptr<const config::Config>& config, std::shared_ptr<const diagnosis::Ruleset> rules,
                 Log& log)
    : source_(std::move(source)),
      log_(log),
      exporter_metrics_(AUTHPROBE_VERSION, AUTHPROBE_REVISION),
      exposition_({exporter_metrics_.collectable(), credential_metrics_.collectable(), inventory_metrics_.collectable(),
                   list_metrics_.collectable(), broken_file_metrics_.collectable(), metrics::process_metrics()}),
      prober_(config, rules),
      list_pace_(kListsAgain),
      site_({AUTHPROBE_VERSION, AUTHPROBE_REVISION, system_clock::now(), std::move(telemetry_path)}, std::move(place),
            store_, exposition_,
            {.probe =
                 [this](std::string target, std::chrono::milliseconds timeout, bool debug, web::Reply reply) {
                   mailbox_.post([this, target = std::move(target), timeout, debug, reply = std::move(reply)] {
                     probe_on_demand(target, timeout, debug, reply);
                   });
                 },
             .reload = [this](web::Reply reply) { loader_.post([this, reply = std::move(reply)] { reload(reply); }); },
             .ready = [this] { return ready_.load(); },
             .trouble = [this] { return pulse_.trouble(steady_clock::now()); }}) {
  if (source_.shard) exporter_metrics_.set_shard(*source_.shard);
  prober_.watch(mailbox_.fd(), [this] { mailbox_.run(); });
  loaded_ = config;
  take(*prepare(nullptr, config), std::move(rules));
}

void Service::keep(std::unique_ptr<store::Store> storage) {
  exporter_metrics_.store_opened(storage != nullptr);
  if (!storage) return;
  const auto config = store_.config();
  try {
    const store::Store::Loaded loaded = storage->load(*config);
    restore(loaded);
  } catch (const store::StateFileError& error) {
    log_.error("the state file cannot be used: nothing is kept over a restart", {{"error", error.what()}});
    exporter_metrics_.store_opened(false);
    return;
  }
  storage_ = std::move(storage);
  storage_->use(config, fleet_);
  storage_->start({.wrote = [this](WallTime until) { store_wrote(until); },
                   .failed = [this](const std::string& error) { store_failed(error); },
                   .free = [this] { mailbox_.post([] {}); }});
}

void Service::restore(const store::Store::Loaded& loaded) {
  prober_.restore(loaded.memories, loaded.credentials);
  std::size_t known = 0;
  for (std::size_t i = 0; i < loaded.rows.size(); ++i) {
    if (!loaded.rows[i]) continue;
    ++known;
    fleet_->restore(i, *loaded.rows[i]);
    if (loaded.memories[i]) store_.restore(i, loaded.memories[i]->state, loaded.rows[i]->values.last_probe.get());
  }
  log_.info("state of an earlier run restored",
            {{"targets", std::to_string(known)}, {"credentials", std::to_string(loaded.credentials.size())}});
  if (loaded.unreadable > 0) {
    log_.warn("the state file has records that cannot be read: they begin anew",
              {{"records", std::to_string(loaded.unreadable)}});
  }
  credentials_noted_ = {};
  note_credentials();
}

void Service::store_wrote(WallTime until) {
  exporter_metrics_.store_wrote(until);
  if (std::exchange(storage_problem_, {}).empty()) return;
  log_.info("the state file is written again");
}

// Once for each reason: a full disk stays full.
void Service::store_failed(const std::string& error) {
  exporter_metrics_.store_failed();
  if (std::exchange(storage_problem_, error) == error) return;
  log_.error("the state file could not be written: the exporter goes on, and tries again", {{"error", error}});
}

void Service::run(int signal_fd) {
  prober_.watch(signal_fd, [this, signal_fd] { handle_signals(signal_fd); });
  while (!stopping_) turn();
}

bool Service::run_once(int signal_fd) {
  prober_.watch(signal_fd, [this, signal_fd] { handle_signals(signal_fd); });
  const auto done = [&] {
    if (!prober_.has_list_answers() || answers_passed_ > 0 || lists_have_changed_) return false;
    if (unprobed_ == 0) return true;
    const auto all_slots_came = taken_ + prober::Schedule::kFirstRound + prober::Schedule::kTick;
    return steady_clock::now() > all_slots_came && prober_.in_flight() == 0;
  };
  while (!stopping_ && !done()) turn();
  const auto lists_are_late = steady_clock::now() + kListsOfOneRun;
  while (!stopping_ && !lists_were_read() && steady_clock::now() < lists_are_late) turn();
  credentials_noted_ = {};
  note_credentials();
  return !stopping_;
}

bool Service::lists_were_read() const {
  if (prober_.config().inventories.empty()) return true;
  const auto lists = prober::inventories_of(prober_.fleet().credential_statuses());
  return std::ranges::all_of(lists, [](const inventory::Status& list) { return list.attempted_at.has_value(); });
}

std::string Service::textfile() const {
  metrics::Exposition exposition({exporter_metrics_.collectable(), credential_metrics_.collectable(),
                                  inventory_metrics_.collectable(), list_metrics_.collectable(),
                                  broken_file_metrics_.collectable()});
  exposition.set_fleet(fleet_);
  return std::string(*exposition.text());
}

std::string Service::report(ReportFormat format) const {
  const web::Snapshot snapshot = store_.snapshot(system_clock::now());
  switch (format) {
    case ReportFormat::markdown: return web::report_markdown(snapshot);
    case ReportFormat::csv: return web::report_csv(snapshot);
    case ReportFormat::json: return web::report_json(snapshot);
    case ReportFormat::calendar: break;
  }
  return web::calendar(snapshot);
}

void Service::turn() {
  pulse_.beat(steady_clock::now());
  exporter_metrics_.loop_turned(system_clock::now());
  prober_.start_due();
  prober_.wait();
  prefetch_rows();
  while (const prober::Prober::Event* event = prober_.next_event()) {
    std::visit([this](const auto& what) { record(what); }, *event);
  }
  note_maintenance();
  note_credentials();
  exporter_metrics_.set_probes_in_flight(prober_.in_flight());
  note_slots();
  pass_list_answers();
  look_at_files();
  exposition_.forget_old();
  if (!ready_ && prober_.fleet().first_round_done()) ready_ = true;
  if (storage_) storage_->hand_over(prober_.fleet());
}

// What the last turn has not told of yet.
bool Service::close() {
  if (!storage_) return true;
  credentials_noted_ = {};
  note_credentials();
  if (storage_->close(prober_.fleet())) return true;
  log_.error("the disk does not take the state file: what happened last is lost",
             {{"seconds", std::to_string(store::Store::kLongestClose.count())}});
  return false;
}

void Service::prefetch_rows() {
  for (const std::size_t target : prober_.answered()) {
    fleet_->prefetch_row(target);
    store_.prefetch_row(target);
  }
}

void Service::handle_signals(int signal_fd) {
  signalfd_siginfo info{};
  while (read(signal_fd, &info, sizeof info) == sizeof info) {
    if (info.ssi_signo == SIGHUP) {
      loader_.post([this] { reload({}); });
    } else {
      log_.info("stopping", {{"signal", strsignal(static_cast<int>(info.ssi_signo))}});
      stopping_ = true;
    }
  }
}

std::shared_ptr<Service::Prepared> Service::prepare(std::shared_ptr<const config::Config> before,
                                                    const std::shared_ptr<const config::Config>& config) {
  auto prepared = std::make_shared<Prepared>(
      Prepared{config, std::make_shared<metrics::FleetMetrics>(*config), web::StatusStore::rows_of(config), {}});
  if (before) prepared->plan.emplace(std::move(before), config);
  return prepared;
}

void Service::take(Prepared& next, std::shared_ptr<const diagnosis::Ruleset> rules) {
  const auto& config = next.config;
  Prepared old{store_.config(), fleet_, {}, {}};
  rules_ = rules;
  taken_ = steady_clock::now();
  if (fleet_) {
    prober_.reload(std::move(next.plan).value(), std::move(rules));
    old.plan.swap(next.plan);
    next.fleet->carry_over(*fleet_);
  }
  fleet_ = next.fleet;
  exposition_.set_fleet(fleet_);
  store_.reload(config, std::move(next.rows));
  if (storage_) storage_->use(config, fleet_);
  credentials_noted_ = {};
  note_credentials();
  debugged_.clear();
  on_demand_.clear();  // the numbers of their targets have changed: the answer is 503
  probed_.assign(config->targets.size(), false);
  unprobed_ = probed_.size();
  exporter_metrics_.set_targets(config->targets.size());
  exporter_metrics_.config_loaded(system_clock::now());
  with_maintenance_.clear();
  for (std::size_t i = 0; i < config->targets.size(); ++i) {
    if (!config->targets[i].maintenance.empty()) with_maintenance_.push_back(i);
  }
  note_maintenance();
  // Tens of milliseconds of a fleet of ten thousand: the old one's end, and the memory of the TOML document.
  loader_.post([old = std::move(old)]() mutable {
    old = {};
    malloc_trim(0);
  });
}

void Service::record(const ProbeRecord& record) {
  if (record.on_demand != 0) {
    const auto answer =
        debugged_.erase(record.on_demand) > 0
            ? web::page("text/plain; charset=utf-8", probe_log(prober_.config().targets[record.target], record))
            : web::page(metrics::kTextContentType, metrics::probe_exposition(record));
    on_demand_.finish(record.on_demand, answer, steady_clock::now());
    return;
  }
  if (!probed_[record.target]) {
    probed_[record.target] = true;
    --unprobed_;
  }
  fleet_->record(record);
  exporter_metrics_.record(record);
  store_.record(record);
  if (storage_) storage_->changed(record.target);
  target_log_.record(prober_.config().targets[record.target], record, steady_clock::now());
}

void Service::record(const prober::DiagnosisUpdate& update) {
  fleet_->record(update);
  store_.record(update);
  if (storage_) storage_->changed(update.target);
  target_log_.record(prober_.config().targets[update.target], update, steady_clock::now());
}

// Windows begin and end between probes too.
void Service::note_maintenance() {
  const auto now = steady_clock::now();
  if (now - maintenance_noted_ < kMaintenanceEvery) return;
  maintenance_noted_ = now;
  const auto& targets = prober_.config().targets;
  for (const std::size_t i : with_maintenance_) {
    fleet_->set_maintenance(i, prober::in_maintenance(targets[i].maintenance, system_clock::now()));
  }
}

void Service::note_credentials() {
  const auto now = steady_clock::now();
  if (now - credentials_noted_ < kCredentialsEvery) return;
  credentials_noted_ = now;
  std::vector<prober::CredentialStatus> statuses = prober_.fleet().credential_statuses();
  credential_log_.note(statuses);
  target_log_.note(now);
  store_.record(statuses);
  if (storage_) storage_->record(statuses);
  inventory_metrics_.set(metrics::inventory_families(store_.config(), prober::inventories_of(statuses)));
  credential_metrics_.set(metrics::credential_families(store_.config(), std::move(statuses)));
}

void Service::note_slots() {
  exporter_metrics_.set_slots_missed(prober_.fleet().slots_missed());
  const std::uint64_t unsent = prober_.fleet().probes_without_socket();
  const auto now = steady_clock::now();
  if (unsent == unsent_noted_ || now - unsent_noted_at_ < kUnsentEvery) return;
  log_.warn("probes could not be sent: this host has no file descriptor or memory left for their sockets",
            {{"probes", std::to_string(unsent - unsent_noted_)}});
  unsent_noted_ = unsent;
  unsent_noted_at_ = now;
}

void Service::probe_on_demand(const std::string& name, std::chrono::milliseconds timeout, bool debug,
                              web::Reply reply) {
  const auto& targets = prober_.config().targets;
  const auto target = std::lower_bound(targets.begin(), targets.end(), name,
                                       [](const config::Target& a, const std::string& b) { return a.name < b; });
  if (target == targets.end() || target->name != name) {
    reply(web::text_response(
        400, source_.shard ? "no target of this name in this shard: /probe accepts the names of its targets"
                           : "no target of this name in the configuration: /probe accepts configured names"));
    return;
  }
  const auto index = static_cast<std::size_t>(target - targets.begin());
  const auto longest = std::min(timeout, target->connection->timeout);
  // Those who want the page share no answer with those who want the metrics.
  const auto number = on_demand_.ask(2 * index + (debug ? 1 : 0), longest, std::move(reply), steady_clock::now());
  if (number && debug) debugged_.insert(*number);
  if (number && !prober_.probe_now(index, *number, timeout)) {
    debugged_.erase(*number);
    on_demand_.refuse(*number, web::text_response(503, "too many probes on demand are in progress"));
  }
}

}  // namespace authprobe::commands
