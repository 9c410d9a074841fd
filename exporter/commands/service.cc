#include "exporter/commands/service.h"

#include <malloc.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "exporter/commands/signature_files.h"
#include "exporter/config/redacted_toml.h"
#include "exporter/metrics/probe_exposition.h"
#include "exporter/metrics/process_metrics.h"
#include "exporter/prober/maintenance.h"
#include "exporter/web/negotiation.h"
#include "exporter/web/pages.h"
#include "version.h"

namespace authprobe::commands {
namespace {

using prober::ProbeRecord;
using prober::State;
using std::chrono::steady_clock;
using std::chrono::system_clock;

// Prometheus gives up at its scrape timeout; the answer has to be on its way by then.
constexpr std::chrono::milliseconds kScrapeTimeoutOffset{500};
constexpr std::chrono::seconds kMaintenanceEvery{1};
constexpr std::chrono::milliseconds kCredentialsEvery{500};

web::Response text_response(int status, std::string text) {
  web::Response response;
  response.status = status;
  response.body = std::make_shared<const std::string>(std::move(text) + "\n");
  return response;
}

web::Response page(std::string content_type, std::string text) {
  web::Response response;
  response.content_type = std::move(content_type);
  response.body = std::make_shared<const std::string>(std::move(text));
  return response;
}

// How long a /probe may take: what Prometheus says it waits, less an offset; no bound where it says nothing sensible.
std::chrono::milliseconds probe_timeout(const web::Request& request) {
  constexpr std::chrono::milliseconds kNoBound = std::chrono::hours{1};
  const auto header = request.header("X-Prometheus-Scrape-Timeout-Seconds");
  if (!header) return kNoBound;
  double seconds = 0;
  const auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), seconds);
  if (error != std::errc{} || !(seconds > 0) || seconds > 3600) return kNoBound;
  const std::chrono::milliseconds timeout(static_cast<std::int64_t>(seconds * 1000));
  return timeout > 2 * kScrapeTimeoutOffset ? timeout - kScrapeTimeoutOffset : timeout / 2;
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "; ") + line;
  return text;
}

std::string findings_text(const std::vector<config::Finding>& findings) {
  std::string text;
  for (const auto& finding : findings) {
    if (finding.severity == config::Finding::Severity::error) text += (text.empty() ? "" : "\n") + to_string(finding);
  }
  return text;
}

}  // namespace

config::LoadResult ConfigSource::load() const {
  config::LoadResult result = config::load(file);
  if (shard && result.ok()) config::keep_shard(*shard, result.config);
  return result;
}

Service::Service(ConfigSource source, std::shared_ptr<const config::Config> config,
                 std::shared_ptr<const diagnosis::Signatures> signatures, Log& log)
    : source_(std::move(source)),
      log_(log),
      exporter_metrics_(AUTHPROBE_VERSION, AUTHPROBE_REVISION),
      exposition_({exporter_metrics_.collectable(), credential_metrics_.collectable(), metrics::process_metrics()}),
      prober_(config, signatures) {
  if (source_.shard) exporter_metrics_.set_shard(*source_.shard);
  prober_.watch(mailbox_.fd(), [this] { mailbox_.run(); });
  take(std::move(config), std::move(signatures));
}

void Service::run(int signal_fd) {
  prober_.watch(signal_fd, [this, signal_fd] { handle_signals(signal_fd); });
  while (!stopping_) {
    prober_.start_due();
    prober_.wait();
    prefetch_rows();
    while (const auto event = prober_.next_event()) {
      std::visit([this](const auto& what) { record(what); }, *event);
    }
    note_maintenance();
    note_credentials();
    exporter_metrics_.set_probes_in_flight(prober_.in_flight());
    exporter_metrics_.set_slots_missed(prober_.fleet().slots_missed());
    if (!ready_ && prober_.fleet().first_round_done()) ready_ = true;
  }
}

void Service::prefetch_rows() {
  for (const std::size_t target : prober_.answered()) {
    fleet_->prefetch_row(target);
    board_.prefetch_row(target);
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

void Service::take(std::shared_ptr<const config::Config> config,
                   std::shared_ptr<const diagnosis::Signatures> signatures) {
  if (fleet_) prober_.reload(config, std::move(signatures));
  fleet_ = std::make_shared<metrics::FleetMetrics>(*config, fleet_.get());
  exposition_.set_fleet(fleet_);
  board_.take(config);
  credentials_noted_ = {};
  note_credentials();
  on_demand_.clear();  // their targets' numbers have changed: answered with 503
  exporter_metrics_.set_targets(config->targets.size());
  exporter_metrics_.config_loaded(system_clock::now());
  with_maintenance_.clear();
  for (std::size_t i = 0; i < config->targets.size(); ++i) {
    if (!config->targets[i].maintenance.empty()) with_maintenance_.push_back(i);
  }
  note_maintenance();
  malloc_trim(0);  // what the TOML document took: tens of MB for ten thousand targets
}

void Service::reload(const web::Reply& reply) {
  config::LoadResult result = source_.load();
  std::string errors = findings_text(result.findings);
  SignatureFiles files;
  if (result.ok()) files = read_signature_files(result.config.settings.signatures);
  if (!files.error.empty()) errors = files.error;
  if (!errors.empty()) {
    exporter_metrics_.config_refused();
    log_.error("configuration not reloaded: keeping the old configuration", {{"errors", errors}});
    if (reply) reply(text_response(500, "configuration not reloaded: keeping the old configuration\n" + errors));
    return;
  }
  auto config = std::make_shared<const config::Config>(std::move(result.config));
  mailbox_.post([this, config, signatures = std::move(files.signatures), reply] {
    take(config, signatures);
    log_.info("configuration reloaded", {{"targets", std::to_string(config->targets.size())}});
    if (reply) reply(text_response(200, "configuration reloaded"));
  });
}

void Service::record(const ProbeRecord& record) {
  if (record.on_demand != 0) {
    const auto asked = on_demand_.extract(record.on_demand);
    if (!asked.empty()) {
      asked.mapped()(page(std::string(metrics::kTextContentType), metrics::probe_exposition(record)));
    }
    return;
  }
  fleet_->record(record);
  exporter_metrics_.record(record);
  board_.record(record);
  if (record.state != record.previous_state || record.transition) log_change(record);
}

void Service::log_change(const ProbeRecord& record) {
  const std::string& target = prober_.config().targets[record.target].name;
  const std::string from(to_string(record.previous_state));
  const std::string to(to_string(record.state));
  if (record.state == State::ok) {
    // A fleet that starts well is no news.
    if (record.previous_state == State::pending) {
      log_.debug("target is ok", {{"target", target}});
    } else {
      log_.info("target is ok again", {{"target", target}, {"from", from}, {"status", std::to_string(record.status)}});
    }
    return;
  }
  if (!record.refusal) {
    log_.warn("target is not ok", {{"target", target},
                                   {"from", from},
                                   {"to", to},
                                   {"status", std::to_string(record.status)},
                                   {"detail", record.detail}});
    return;
  }
  log_.warn("target refused the probe", {{"target", target},
                                         {"from", from},
                                         {"to", to},
                                         {"status", std::to_string(record.status)},
                                         {"cause", std::string(to_string(record.refusal->cause))},
                                         {"confidence", std::string(to_string(record.refusal->confidence))},
                                         {"evidence", joined(record.refusal->evidence)},
                                         {"credential", prober_.config().targets[record.target].credential}});
}

void Service::record(const prober::DiagnosisUpdate& update) {
  fleet_->record(update);
  board_.record(update);
  const auto& [target, diagnosis] = update;
  log_.info("diagnosis updated by a control", {{"target", prober_.config().targets[target].name},
                                               {"cause", std::string(to_string(diagnosis.cause))},
                                               {"confidence", std::string(to_string(diagnosis.confidence))},
                                               {"evidence", joined(diagnosis.evidence)}});
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
  board_.record(statuses);
  credential_metrics_.set(board_.config(), std::move(statuses));
}

void Service::probe_on_demand(const std::string& name, std::chrono::milliseconds timeout, web::Reply reply) {
  const auto& targets = prober_.config().targets;
  const auto target = std::lower_bound(targets.begin(), targets.end(), name,
                                       [](const config::Target& a, const std::string& b) { return a.name < b; });
  if (target == targets.end() || target->name != name) {
    reply(text_response(400, source_.shard
                                 ? "no target of this name in this shard: /probe accepts the names of its targets"
                                 : "no target of this name in the configuration: /probe accepts configured names"));
    return;
  }
  const std::uint64_t number = ++last_on_demand_;
  if (!prober_.probe_now(static_cast<std::size_t>(target - targets.begin()), number, timeout)) {
    reply(text_response(503, "too many probes on demand are in progress"));
    return;
  }
  on_demand_.emplace(number, std::move(reply));
}

void Service::serve_metrics(const web::Request& request, web::Reply reply) {
  const bool gzip = web::accepts_gzip(request.header("Accept-Encoding").value_or(""));
  renderer_.post([this, gzip, reply = std::move(reply)] {
    web::Response response{.content_type = std::string(metrics::kTextContentType),
                           .headers = {{"Vary", "Accept-Encoding"}},
                           .body = gzip ? exposition_.gzip() : exposition_.text()};
    if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
    reply(std::move(response));
  });
}

void Service::serve_probe(const web::Request& request, web::Reply reply) {
  const auto name = request.parameter("target");
  if (!name || name->empty()) {
    reply(text_response(400, "the parameter target is missing: /probe?target=NAME"));
    return;
  }
  mailbox_.post([this, name = std::string(*name), timeout = probe_timeout(request), reply = std::move(reply)] {
    probe_on_demand(name, timeout, reply);
  });
}

void Service::serve_config(web::Reply reply) {
  renderer_.post([this, reply = std::move(reply)] {
    reply(page("application/toml; charset=utf-8", config::redacted_toml(*board_.config())));
  });
}

void Service::serve_ready(const web::Reply& reply) const {
  reply(ready_ ? text_response(200, "ready")
               : text_response(503, "not ready: the first round of probes is in progress"));
}

web::Response Service::landing(const std::string& telemetry_path) const {
  web::Overview overview;
  overview.version = AUTHPROBE_VERSION;
  overview.revision = AUTHPROBE_REVISION;
  overview.started = started_;
  overview.now = system_clock::now();
  overview.metrics_path = telemetry_path;
  overview.targets = board_.targets();
  overview.credentials = board_.credentials(overview.targets);
  return page(std::string(web::kHtmlType), web::landing_page(overview));
}

web::Response Service::all_targets() const {
  return page(std::string(web::kJsonType), web::targets_json(board_.targets()));
}

web::Response Service::all_credentials() const {
  return page(std::string(web::kJsonType), web::credentials_json(board_.credentials(board_.targets())));
}

web::Response Service::one_target(const web::Request& request) const {
  constexpr std::string_view kFolder = "/api/v1/targets/";
  const auto target = board_.target(std::string_view(request.path).substr(kFolder.size()));
  if (target) return page(std::string(web::kJsonType), web::target_json(*target));
  web::Response response = page(std::string(web::kJsonType), web::error_json("no target of this name"));
  response.status = 404;
  return response;
}

std::vector<web::Route> Service::routes(const std::string& telemetry_path) {
  using web::Reply;
  using web::Request;
  const auto on_renderer = [this](auto make) {
    return [this, make](const Request& request, Reply reply) {
      renderer_.post([make, request, reply = std::move(reply)] { reply(make(request)); });
    };
  };
  return {
      {telemetry_path, {"GET"}, [this](const Request& q, Reply r) { serve_metrics(q, std::move(r)); }},
      {"/probe", {"GET"}, [this](const Request& q, Reply r) { serve_probe(q, std::move(r)); }},
      {"/-/healthy", {"GET"}, [](const Request&, const Reply& reply) { reply(text_response(200, "healthy")); }},
      {"/-/ready", {"GET"}, [this](const Request&, const Reply& reply) { serve_ready(reply); }},
      {"/-/reload",
       {"POST"},
       [this](const Request&, Reply reply) { loader_.post([this, reply = std::move(reply)] { reload(reply); }); }},
      {"/config", {"GET"}, [this](const Request&, Reply reply) { serve_config(std::move(reply)); }},
      {"/", {"GET"}, on_renderer([this, telemetry_path](const Request&) { return landing(telemetry_path); })},
      {"/api/v1/targets", {"GET"}, on_renderer([this](const Request&) { return all_targets(); })},
      {"/api/v1/credentials", {"GET"}, on_renderer([this](const Request&) { return all_credentials(); })},
      {"/api/v1/targets/*", {"GET"}, on_renderer([this](const Request& request) { return one_target(request); })},
  };
}

}  // namespace authprobe::commands
