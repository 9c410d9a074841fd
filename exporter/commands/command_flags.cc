#include "exporter/commands/command_flags.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <vector>

#include "exporter/commands/elsewhere.h"
#include "exporter/config/quantity.h"
#include "exporter/import/import.h"
#include "exporter/wire/url.h"

namespace authprobe::commands {
namespace {

void add_url_options(CLI::App& command, DiagnoseOptions& options) {
  command.add_option("--url", options.url, "Probe this URL instead of a configured target");
  command.add_option("--method", options.method, "The request's method")->capture_default_str();
  command.add_option("--header", options.headers, "An additional header, \"Name: value\"; repeatable");
  command.add_option("--expect", options.expect, "The expected status, as in the configuration: 2xx, 401, 200-204");
  auto* credential = command.add_option_group("credential", "The credential to send (at most one)");
  credential->add_option("--credential", options.credential, "The name of one in --config.file");
  credential->add_option("--bearer-file", options.bearer_file,
                         "File that contains a bearer token; here and below, - is standard input");
  credential->add_option("--bearer-env", options.bearer_env, "Environment variable that contains a bearer token");
  credential->add_option("--api-key-file", options.api_key_file, "File that contains an API key");
  credential->add_option("--cookie-file", options.cookie_file, "File that contains the value of a Cookie header");
  auto* user = credential->add_option("--basic-user", options.basic_user, "User name for basic authentication");
  credential->require_option(0, 1);
  command.add_option("--basic-password-file", options.basic_password_file, "File that contains the password")
      ->needs(user);
  command.add_option("--api-key-header", options.api_key_header, "The header that carries the API key")
      ->capture_default_str();
  command.add_option("--control-url", options.control_url,
                     "A public URL of the same API, for example its health endpoint");
  command.add_option("--ca-file", options.ca_file, "CA certificates to trust (PEM)");
  command.add_option("--timeout", options.timeout, "Timeout of each request")->capture_default_str();
  command.add_flag("--insecure", options.insecure, "Do not verify the server's certificate");
}

}  // namespace

void add_config_file(CLI::App& command, std::string& file) {
  command.add_option("--config.file", file, "The configuration (TOML); may also stand before the command")
      ->type_name("FILE");
}

void require_config_file(std::string& file, const std::string& in_front) {
  if (file.empty()) file = in_front;
  if (file.empty()) throw CLI::RequiredError("--config.file");
}

void add_add(CLI::App& app, AddOptions& options, const std::string& in_front, Chosen& chosen) {
  CLI::App* command = app.add_subcommand("add", "Take a token, write its file and its block, and probe once");
  command->add_option("NAME", options.name, "The credential's name; by default that of its service");
  add_config_file(*command, options.config_file);
  command->add_option("--provider", options.provider, "The service; by default the token's form tells it")
      ->type_name("NAME");
  command
      ->add_option("--from", options.from,
                   "A file with the token or with a curl command, - for standard input; by default the terminal asks")
      ->type_name("FILE");
  command->add_option("--secret-file", options.secret_file, "Where the token is kept (default: secrets/NAME)")
      ->type_name("FILE");
  command->add_option("--set", options.set, "A key of the credential, such as host or owner; repeatable")
      ->type_name("KEY=VALUE");
  command->add_flag("!--no-controls", options.controls, "Send only the probe, no controls");
  command->footer(
      "Exit code: as that of diagnose; 1 the token is unknown, damaged or another service's, 2 a file cannot be read\n"
      "or written, or more keys are needed. After 1 and 2 nothing has been written.");
  command->callback([&] {
    require_config_file(options.config_file, in_front);
    chosen = [&] { return add(options, std::cin, std::cout, std::cerr); };
  });
}

void add_import(CLI::App& app, ImportCommand& options, Chosen& chosen) {
  CLI::App* command = app.add_subcommand(
      "import", "Write a configuration of curl commands, blackbox.yml, HAR, OpenAPI, Postman, Uptime Kuma or Gatus");
  command->add_option("FILE", options.files, "What to import, with the files that go with it; - is standard input")
      ->required();
  command->add_option("--from", options.options.format, "The format of the first file; by default the file tells it")
      ->type_name("FORMAT")
      ->check(CLI::IsMember(std::vector<std::string>(importing::kFormats.begin(), importing::kFormats.end())));
  command
      ->add_option("--output", options.output,
                   "The configuration to write; by default it is printed, and no file is written")
      ->type_name("FILE");
  command
      ->add_option("--secrets-dir", options.secrets_dir,
                   "Folder of the secrets' files (default: secrets, beside the configuration)")
      ->type_name("DIR");
  command->add_flag("--force", options.force, "Replace files that are there");
  command->add_option("--set", options.set, "The value of a variable or parameter of the source; repeatable")
      ->type_name("NAME=VALUE");
  command->add_option("--base-url", options.options.base_url, "The server of an OpenAPI file, instead of its own")
      ->type_name("URL")
      ->check(CLI::Validator(
          [](const std::string& url) { return wire::Url::parse(url) ? "" : "must be an http or https URL"; }, ""));
  command->add_option("--interval", options.options.interval, "Interval of targets whose source has none")
      ->type_name("DURATION")
      ->check(CLI::Validator(
          [](const std::string& text) { return config::parse_duration(text) ? "" : "must be a duration, such as 30s"; },
          ""))
      ->capture_default_str();
  command->add_flag("--with-references", options.options.references,
                    "Refer to the secret files and environment variables that the source names");
  command->add_flag("--with-writes", options.options.writes,
                    "Carry requests that may change something too: POST, PUT ...");
  command->add_flag("--strict", options.strict, "Exit with 1 if something could not be carried");
  command->footer(
      "Exit code: 0 written, or printed; 1 a file cannot be understood, or nothing of it can be carried (with\n"
      "--strict, not all); 2 a file cannot be read or written. What is not carried is listed on standard error.");
  command->callback([&] { chosen = [&] { return import(options, std::cin, std::cout, std::cerr); }; });
}

void add_diagnose(CLI::App& app, DiagnoseOptions& options, const std::string& in_front, Chosen& chosen) {
  CLI::App* command = app.add_subcommand("diagnose", "Probe once, with controls, and print the diagnosis step by step");
  command->add_option("TARGET", options.target, "The configured target's name");
  add_config_file(*command, options.config_file);
  add_url_options(*command, options);
  command->add_option("--next-file", options.next_file,
                      "File that contains a new secret, to compare with the present one");
  command
      ->add_option("--via", options.via,
                   "URL of another exporter, for its view of the target from its place; repeatable")
      ->type_name("URL")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_flag("!--no-controls", options.controls, "Send only the probe, no controls");
  command->add_flag("--json", options.json, "Print the report as JSON");
  command->footer(
      "Exit code: 0 ok, 10 unauthorized, 11 forbidden, 12 rate_limited, 13 exposed, 14 unexpected,\n"
      "15 unreachable, 16 credential_unavailable; 2 if there is nothing to probe.\n"
      "Example: authprobe_exporter diagnose --url https://api.example.com/v1/me --bearer-env TOKEN");
  command->callback([&options, &in_front, &chosen] {
    if (options.target.empty() == options.url.empty()) throw CLI::RequiredError("either TARGET or --url");
    if (options.url.empty() || !options.credential.empty()) require_config_file(options.config_file, in_front);
    options.colour = isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    options.progress = isatty(STDERR_FILENO) == 1;
    if (options.via.size() > kMostExporters) throw CLI::ValidationError("--via", "at most 32 exporters");
    chosen = [&options] { return diagnose(options, std::cout, std::cerr); };
  });
}

}  // namespace authprobe::commands
