#include "exporter/commands/cli.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "exporter/commands/add.h"
#include "exporter/commands/command_flags.h"
#include "exporter/commands/commands.h"
#include "exporter/commands/elsewhere.h"
#include "exporter/commands/explain.h"
#include "exporter/commands/import.h"
#include "exporter/commands/quick_reference.h"
#include "exporter/commands/signature_files.h"
#include "exporter/config/quantity.h"
#include "exporter/import/import.h"
#include "exporter/wire/url.h"
#include "version.h"

namespace authprobe::commands {
namespace {

// As the exporters of the Prometheus project print it, whose first line scripts read.
constexpr const char* kVersion =
    "authprobe_exporter, version " AUTHPROBE_VERSION " (branch: " AUTHPROBE_BRANCH ", revision: " AUTHPROBE_REVISION
    ")\n  compiler:         " AUTHPROBE_COMPILER "\n  platform:         " AUTHPROBE_PLATFORM;

const std::map<std::string_view, Log::Level> kLevels{
    {"debug", Log::Level::debug}, {"info", Log::Level::info}, {"warn", Log::Level::warn}, {"error", Log::Level::error}};
const std::map<std::string_view, Log::Format> kFormats{{"logfmt", Log::Format::logfmt}, {"json", Log::Format::json}};
const std::map<std::string_view, ReportFormat> kReportFormats{{"markdown", ReportFormat::markdown},
                                                              {"csv", ReportFormat::csv},
                                                              {"json", ReportFormat::json},
                                                              {"calendar", ReportFormat::calendar}};

constexpr std::chrono::seconds kLeastReloadInterval{1};
constexpr std::chrono::hours kMostReloadInterval{24};

// An option that takes one of a few words.
template <typename Value>
void add_word(CLI::App& app, const std::string& name, const std::map<std::string_view, Value>& words, Value& value,
              const char* type, const std::string& help) {
  app.add_option_function<std::string>(
         name,
         [name, &words, &value](const std::string& text) {
           const auto found = words.find(text);
           if (found != words.end()) {
             value = found->second;
             return;
           }
           std::string known;
           for (const auto& [word, meaning] : words) known.append(known.empty() ? "" : ", ").append(word);
           throw CLI::ValidationError(name, "must be one of " + known);
         },
         help)
      ->type_name(type);
}

void add_reload(CLI::App& app, ServeOptions& options) {
  app.add_flag("--config.auto-reload", options.auto_reload,
               "Reload when the configuration or a file that it includes changes, as by SIGHUP");
  app.add_option_function<std::string>(
         "--config.auto-reload-interval",
         [&options](const std::string& text) {
           const auto interval = config::parse_duration(text);
           if (!interval || *interval < kLeastReloadInterval || *interval > kMostReloadInterval) {
             throw CLI::ValidationError("--config.auto-reload-interval", "must be a duration from 1s to 1d");
           }
           options.auto_reload_interval = *interval;
         },
         "With --config.auto-reload: how often to look for changes (default 30s)")
      ->type_name("DURATION");
}

void add_serve(CLI::App& app, ServeOptions& options) {
  app.add_option("--config.file", options.config_file, "The configuration (TOML)")->type_name("FILE");
  add_reload(app, options);
  app.add_option("--web.listen-address", options.listen_addresses,
                 "Address to listen on: :PORT, HOST:PORT or [IPV6]:PORT; repeatable (default :10073)")
      ->type_name("ADDRESS")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--web.systemd-socket", options.systemd_socket,
               "Listen on the sockets of a systemd socket unit instead of --web.listen-address");
  app.add_option(
         "--web.config.file", options.web_config_file,
         "TLS, users, headers and rate limit of the web server: a file in the format of exporter-toolkit (YAML)")
      ->type_name("FILE");
  app.add_option("--web.telemetry-path", options.telemetry_path, "Path of the metrics")
      ->capture_default_str()
      ->check(CLI::Validator([](const std::string& path) { return path.starts_with('/') ? "" : "must begin with a /"; },
                             ""));
  app.add_option("--web.external-url", options.external_url,
                 "URL under which a proxy serves the exporter; its path becomes the default of --web.route-prefix")
      ->type_name("URL")
      ->check(CLI::Validator(
          [](const std::string& url) { return wire::Url::parse(url) ? "" : "must be an http or https URL"; }, ""));
  app.add_option("--web.route-prefix", options.route_prefix, "Prefix of every path of the exporter's web server")
      ->type_name("PATH")
      ->check(CLI::Validator([](const std::string& path) { return path.starts_with('/') ? "" : "must begin with a /"; },
                             ""));
  app.add_option("--storage.path", options.storage_path,
                 "File (SQLite) that keeps states and counters over a restart; made if it is missing")
      ->type_name("FILE")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);  // the package's unit has one before the user's
  app.add_option_function<std::string>(
         "--shard",
         [&options](const std::string& text) {
           options.shard = config::parse_shard(text);
           if (!options.shard)
             throw CLI::ValidationError("--shard", "must be I/N or NAME-I/N with 0 <= I < N <= 10000");
         },
         "Probe only share I of N of the targets, counted from 0; NAME-I/N accepts a pod's name")
      ->type_name("I/N");
  auto* once =
      app.add_flag("--once", options.once, "Probe each target once, write the metrics, and exit; listen on nothing");
  app.add_option("--textfile", options.textfile,
                 "With --once: the file to write, for node_exporter's textfile collector (default: standard output)")
      ->type_name("FILE")
      ->needs(once);
  add_word(app, "--log.level", kLevels, options.log_level, "LEVEL", "debug, info, warn or error (default info)");
  add_word(app, "--log.format", kFormats, options.log_format, "FORMAT", "logfmt or json (default logfmt)");
}

void add_check(CLI::App& app, CheckOptions& options, const std::string& in_front, Chosen& chosen) {
  CLI::App* command = app.add_subcommand(
      "check", "Report all errors of a configuration, plus warnings (security and expiry checklist)");
  auto* file = command->add_option_function<std::vector<std::string>>(
      "FILE",
      [&options](const std::vector<std::string>& files) {
        if (files.size() > 1)
          throw CLI::ValidationError("FILE", "must be one file; a configuration has its other files in `include`");
        options.config_file = files.front();
      },
      "The configuration (TOML); - is standard input");
  command->add_option("--config.file", options.config_file, "The same")->type_name("FILE")->excludes(file);
  command->add_option("--web.config.file", options.web_config_file, "Check this web configuration too (YAML)")
      ->type_name("FILE");
  command
      ->add_option("--alertmanager.config.file", options.alertmanager_file,
                   "Ask too whether a route of this Alertmanager configuration (YAML) is for each credential's owner")
      ->type_name("FILE");
  command->add_flag("--json", options.json, "Print the findings as JSON");
  command->add_flag("--strict", options.strict, "Exit with 1 on warnings too");
  command
      ->add_flag(
          "--for-start", options.for_start,
          "Exit with 1 only on errors that keep the exporter from starting, not on those of included files and lists")
      ->excludes("--strict");
  command->footer("Exit code: 0 no errors, 1 errors (with --strict, warnings too), 2 the file cannot be read.");
  command->callback([&] {
    require_config_file(options.config_file, in_front);
    chosen = [&] { return check(options, std::cout); };
  });
}

void add_probe(CLI::App& app, ProbeOptions& options, const std::string& in_front, Chosen& chosen) {
  CLI::App* command = app.add_subcommand("probe", "Probe one configured target once and print the metrics");
  command->add_option("TARGET", options.target, "The target's name")->required();
  add_config_file(*command, options.config_file);
  command->footer("Exit code: 0 as expected, 1 not as expected, 2 there is nothing to probe.");
  command->callback([&] {
    require_config_file(options.config_file, in_front);
    chosen = [&] { return probe(options, std::cout, std::cerr); };
  });
}

void add_report(CLI::App& app, ReportOptions& options, const std::string& in_front, Chosen& chosen) {
  CLI::App* command = app.add_subcommand(
      "report", "Read all credentials and inventories once, and print their ends, owners and states");
  add_config_file(*command, options.config_file);
  add_word(*command, "--format", kReportFormats, options.format, "FORMAT",
           "markdown, csv, json or calendar (default markdown)");
  command->footer("Exit code: 0 printed, 1 the configuration has errors. Each target is probed once.");
  command->callback([&] {
    require_config_file(options.config_file, in_front);
    chosen = [&] { return report(options); };
  });
}

void add_providers(CLI::App& app, ProvidersOptions& options, Chosen& chosen) {
  CLI::App* command =
      app.add_subcommand("providers", "List the known services, or show one with the sources of its facts");
  command->add_option("NAME", options.name, "The provider to show; without it, all are listed");
  command->add_option("--config.file", options.config_file, "Also the providers of this configuration (TOML)")
      ->type_name("FILE");
  command->add_flag("--json", options.json, "Print JSON");
  command->footer("Exit code: 0 shown, 2 there is no such provider, or a file cannot be read.");
  command->callback([&] { chosen = [&] { return providers(options, std::cout, std::cerr); }; });
}

void add_healthcheck(CLI::App& app, HealthcheckOptions& options, Chosen& chosen) {
  CLI::App* command =
      app.add_subcommand("healthcheck", "Check a running exporter's health endpoint; for images without curl");
  command->add_option("--url", options.url, "The health endpoint")->capture_default_str();
  command->add_option("--ca-file", options.tls.ca_file, "CA certificates to trust (PEM)");
  command->add_flag("!--insecure", options.tls.verify, "Do not verify the server's certificate");
  command->add_option("--certificate-file", options.tls.certificate_file, "Client certificate (PEM)");
  command->add_option("--private-key-file", options.tls.private_key_file,
                      "Its private key (PEM); by default in the certificate's file");
  auto* user = command->add_option("--basic-user", options.basic_user, "User name for basic authentication");
  command->add_option("--basic-password-file", options.basic_password_file, "File that contains the password")
      ->needs(user);
  command->footer("Exit code: 0 healthy, 1 not healthy, 2 the options are wrong.");
  command->callback([&] { chosen = [&] { return healthcheck(options, std::cerr); }; });
}

void add_help(CLI::App& app, std::string& topic, Chosen& chosen) {
  CLI::App* command =
      app.add_subcommand("help", "Explain a status code (401, 403, 407, 429) or a cause: what to check, whom to ask");
  command->add_option("TOPIC", topic, "The code or the cause; without it, the commands and the topics are listed");
  command->callback([&] {
    chosen = [&] {
      if (!topic.empty()) return quick_reference(topic, std::cout, std::cerr);
      std::cout << app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal);
      return list_topics(std::cout);
    };
  });
}

struct ExplainCommand {
  std::string file = "-";
  std::vector<std::string> signature_files;
  ExplainOptions options;
};

void add_explain(CLI::App& app, ExplainCommand& command_line, Chosen& chosen) {
  CLI::App* command = app.add_subcommand("explain", "Diagnose a recorded response: `curl -i` output or JSON lines");
  command->add_option("FILE", command_line.file, "The recording; - is standard input")->capture_default_str();
  command->add_flag("--jsonl", command_line.options.jsonl,
                    "Read one JSON object per line; print one diagnosis per line");
  command->add_flag("--json", command_line.options.json, "Print the diagnosis as JSON");
  command->add_option("--signatures", command_line.signature_files, "A file with your own signatures; repeatable");
  command->footer("Exit code: 0 every response was read, 1 one of them cannot be read, 2 a file cannot be opened.");
  command->callback([&] {
    chosen = [&] {
      const SignatureFiles files = read_signature_files(command_line.signature_files);
      if (!files.error.empty()) {
        std::cerr << files.error << '\n';
        return kExitCannot;
      }
      if (command_line.file == "-") return explain(std::cin, command_line.options, *files.rules, std::cout);
      std::ifstream file(command_line.file, std::ios::binary);
      if (!file) {
        std::cerr << command_line.file << ": cannot be read\n";
        return kExitCannot;
      }
      return explain(file, command_line.options, *files.rules, std::cout);
    };
  });
}

// The exporter's flags may stand with a command too, but only these mean something there.
void refuse_idle_flags(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || name == "--config.file" || name.starts_with("--log.")) continue;
    throw CLI::ValidationError(name, "has no meaning with a command: it is for the running exporter");
  }
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App app("Probes HTTP APIs with their credentials and reports refusals and their causes.", "authprobe_exporter");
  app.set_version_flag("-V,-v,--version", kVersion);
  app.require_subcommand(0, 1);
  app.fallthrough();  // the exporter's flags may stand behind a command too
  ServeOptions serve_options;
  CheckOptions check_options;
  ProbeOptions probe_options;
  ExplainCommand explain_command;
  HealthcheckOptions healthcheck_options;
  ReportOptions report_options;
  ProvidersOptions providers_options;
  AddOptions add_options;
  ImportCommand import_command;
  import_command.options.interval = "1m";
  DiagnoseOptions diagnose_options;
  Chosen chosen;
  add_serve(app, serve_options);
  add_check(app, check_options, serve_options.config_file, chosen);
  add_probe(app, probe_options, serve_options.config_file, chosen);
  add_diagnose(app, diagnose_options, serve_options.config_file, chosen);
  add_explain(app, explain_command, chosen);
  add_healthcheck(app, healthcheck_options, chosen);
  std::string help_topic;
  add_help(app, help_topic, chosen);
  add_report(app, report_options, serve_options.config_file, chosen);
  add_providers(app, providers_options, chosen);
  add_add(app, add_options, serve_options.config_file, chosen);
  add_import(app, import_command, chosen);
  try {
    app.parse(argc, argv);
    if (chosen) refuse_idle_flags(app);
    if (!chosen && serve_options.config_file.empty()) throw CLI::RequiredError("--config.file");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitCannot;
  }
  return chosen ? chosen() : serve(serve_options);
}

}  // namespace authprobe::commands
