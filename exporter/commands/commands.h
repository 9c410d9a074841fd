// The commands of the program: their options, and what they return. `explain` and `help TOPIC` have headers of their
// own.
#pragma once

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "exporter/commands/log.h"
#include "exporter/config/config.h"
#include "exporter/config/shard.h"
#include "exporter/prober/target_state.h"

namespace authprobe::commands {

// Exit codes, stable: 0 success, 1 the configuration has errors or the target is not ok, 2 the command line is wrong or
// the command cannot run.
inline constexpr int kExitOk = 0;
inline constexpr int kExitNotFine = 1;
inline constexpr int kExitCannot = 2;

// What `report` prints.
enum class ReportFormat { markdown, csv, json, calendar };

// Runs the exporter: probes on schedule, serves /metrics and pages, reloads, ends on a signal. Or probes once, for
// node_exporter's textfile collector.
struct ServeOptions {
  std::string config_file;
  bool auto_reload = false;                                // reads the configuration again when its files change
  std::chrono::milliseconds auto_reload_interval{30'000};  // how often it looks
  std::vector<std::string> listen_addresses{":10073"};
  std::string telemetry_path = "/metrics";
  std::string external_url;            // under which a proxy serves the exporter; empty: as the client asks
  std::string route_prefix;            // before every path; empty: that of the external URL's path
  bool once = false;                   // probes each target once and ends; listens on nothing
  std::string textfile;                // of `once`: where the metrics go; empty: standard output
  std::optional<ReportFormat> report;  // of `once`: printed in place of the metrics
  bool systemd_socket = false;         // listens on what systemd hands over, not on listen_addresses
  std::string web_config_file;         // TLS and users of the web server; empty: plain HTTP, open to all
  std::string storage_path;            // the file of what outlives a restart; empty: nothing does
  std::optional<config::Shard> shard;  // none: all targets
  Log::Level log_level = Log::Level::info;
  Log::Format log_format = Log::Format::logfmt;
};

// Runs until SIGTERM or SIGINT. Exit code: 0 ended by a signal, 1 a configuration has errors, 2 it cannot listen on the
// addresses. With `once`: 0 the metrics were written, 1 they were not.
int serve(const ServeOptions& options);

// `report`: reads all credentials, look-ups and inventories of a configuration once, probes each target once, and
// prints what is known of the credentials and of the secrets that the inventories list.
struct ReportOptions {
  std::string config_file;
  ReportFormat format = ReportFormat::markdown;
};

// Exit code: 0 printed, 1 the configuration has errors or it cannot be printed.
int report(const ReportOptions& options);

// `check FILE`: all errors of a configuration, plus warnings (security and expiry checklist).
struct CheckOptions {
  std::string config_file;
  std::string web_config_file;    // empty: none
  std::string alertmanager_file;  // its routes are searched for the owners; empty: none
  bool json = false;              // one JSON object with all findings instead of lines
  bool strict = false;            // warnings count as errors
  bool for_start = false;         // only errors that keep the exporter from starting count
};

// Exit code: 0 no findings or only warnings, 1 errors (or warnings with `strict`), 2 the file cannot be read.
int check(const CheckOptions& options, std::ostream& out);

// `diagnose`: one probe with its controls, printed step by step.
struct DiagnoseOptions {
  // A configured target ...
  std::string config_file;
  std::string target;
  // ... or any URL, with at most one credential.
  std::string url;
  std::string method = "GET";
  std::vector<std::string> headers;  // "Name: value"
  std::vector<std::string> expect;   // as expect.status
  std::string credential;            // the name of one in `config_file`
  std::string bearer_file;
  std::string bearer_env;
  std::string api_key_file;
  std::string api_key_header = "X-API-Key";
  std::string basic_user;
  std::string basic_password_file;
  std::string cookie_file;
  std::string control_url;
  std::string ca_file;
  std::string timeout = "10s";
  bool insecure = false;

  std::string next_file;         // a new secret, to compare with the present one
  std::vector<std::string> via;  // URLs of other exporters, for their view of the target

  bool controls = true;
  bool json = false;
  bool colour = false;
  bool progress = false;  // says on `err` what is being waited for; for terminals
};

// Exit code: exit_code_of() the target's state; 2 if there is nothing to probe (configuration errors, unknown
// target).
int diagnose(const DiagnoseOptions& options, std::ostream& out, std::ostream& err);

// 0 ok, 10 unauthorized, 11 forbidden, 12 rate_limited, 13 exposed, 14 unexpected, 15 unreachable, 16
// credential_unavailable.
int exit_code_of(prober::State state);

// `probe TARGET`: one probe of a configured target, as metrics text.
struct ProbeOptions {
  std::string config_file;
  std::string target;
};

// Exit code: 0 the target is `ok`, 1 it is not, 2 the probe could not be made (configuration, unknown target).
int probe(const ProbeOptions& options, std::ostream& out, std::ostream& err);

// `providers`: lists what is known of services, and shows one with the sources of its facts.
struct ProvidersOptions {
  std::string name;         // empty: all, a line each
  std::string config_file;  // its settings.providers are read too; empty: only the built-in ones
  bool json = false;
};

// The exit code: kExitCannot if there is no provider of this name, or a file cannot be read.
int providers(const ProvidersOptions& options, std::ostream& out, std::ostream& err);

// Checks a running exporter's health endpoint: for container images without curl.
struct HealthcheckOptions {
  std::string url = "http://localhost:10073/-/healthy";
  config::Tls tls;
  std::string basic_user;           // empty: none
  std::string basic_password_file;  // empty: an empty password
};

// Exit code: 0 it answers 200 within 5 s, 1 not, 2 a file or the URL cannot be used; `err` says what came instead.
int healthcheck(const HealthcheckOptions& options, std::ostream& err);

}  // namespace authprobe::commands
