#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <optional>
#include <ostream>

#include "exporter/commands/commands.h"
#include "exporter/commands/elsewhere.h"
#include "exporter/commands/next_file.h"
#include "exporter/commands/report.h"
#include "exporter/commands/signature_files.h"
#include "exporter/commands/single_target.h"
#include "exporter/config/hosts.h"
#include "exporter/config/load.h"
#include "exporter/config/toml_writer.h"
#include "exporter/prober/run_diagnose.h"
#include "exporter/wire/text.h"

namespace authprobe::commands {
namespace {

using config::quoted;
using prober::State;

constexpr const char* kName = "command-line";

std::string toml_array(const std::vector<std::string>& values) {
  std::string text = "[";
  for (const auto& value : values) text += (text.size() > 1 ? ", " : "") + quoted(value);
  return text + "]";
}

// A file is read as the configuration's are. Standard input ("-") and pipes can be read only once, and by waiting.
config::SecretSource secret_source(const std::string& path) {
  struct stat file {};
  const bool is_pipe =
      path == "-" || (stat(path.c_str(), &file) == 0 && !S_ISREG(file.st_mode) && !S_ISDIR(file.st_mode));
  if (!is_pipe) return {config::SecretSource::Kind::file, path};
  constexpr std::streamsize kLongest = 64 * 1024;
  std::string text(kLongest, '\0');
  std::ifstream pipe;
  if (path != "-") pipe.open(path, std::ios::binary);
  std::istream& in = path == "-" ? std::cin : pipe;
  in.read(text.data(), kLongest);
  text.resize(static_cast<std::size_t>(in.gcount()));
  return {config::SecretSource::Kind::value, std::string(wire::trimmed(text))};
}

std::string secret_toml(const std::string& path) {
  const config::SecretSource source = secret_source(path);
  return (source.kind == config::SecretSource::Kind::file ? "{ file = " : "{ value = ") + quoted(source.text) + " }\n";
}

std::string credential_toml(const DiagnoseOptions& options) {
  const auto& file = secret_toml;
  if (!options.bearer_file.empty()) return "kind = \"bearer\"\ntoken = " + file(options.bearer_file);
  if (!options.bearer_env.empty()) return "kind = \"bearer\"\ntoken = { env = " + quoted(options.bearer_env) + " }\n";
  if (!options.cookie_file.empty()) return "kind = \"cookie\"\ncookie = " + file(options.cookie_file);
  if (!options.api_key_file.empty()) {
    return "kind = \"api_key\"\nheader = " + quoted(options.api_key_header) + "\nkey = " + file(options.api_key_file);
  }
  if (!options.basic_user.empty()) {
    return "kind = \"basic\"\nusername = " + quoted(options.basic_user) +
           "\npassword = " + file(options.basic_password_file);
  }
  return {};
}

// The command line as a configuration, so that its values have the same rules and errors.
std::string as_toml(const DiagnoseOptions& options) {
  const std::string credential = credential_toml(options);
  std::string text = "[targets." + std::string(kName) + "]\nurl = " + quoted(options.url) +
                     "\nmethod = " + quoted(options.method) + "\ntimeout = " + quoted(options.timeout) +
                     "\ninterval = \"1h\"\n";
  if (!options.expect.empty()) text += "expect.status = " + toml_array(options.expect) + "\n";
  if (!options.control_url.empty()) text += "control_url = " + quoted(options.control_url) + "\n";
  if (!options.ca_file.empty()) text += "tls.ca_file = " + quoted(options.ca_file) + "\n";
  if (options.insecure) text += "tls.verify = false\n";
  for (const auto& header : options.headers) {
    const std::size_t colon = header.find(':');
    const std::size_t value = header.find_first_not_of(' ', std::min(colon, header.size() - 1) + 1);
    text += "headers." + quoted(header.substr(0, colon)) + " = " +
            quoted(value == std::string::npos ? "" : header.substr(value)) + "\n";
  }
  if (credential.empty()) return text;
  return text + "credential = " + quoted(kName) + "\n[credentials." + kName + "]\n" + credential;
}

Questions questions_of(const DiagnoseOptions& options) {
  return options.controls ? Questions::asked : Questions::left_out;
}

// The target of the command line with a credential of the configuration.
bool take_credential(const DiagnoseOptions& options, config::Config& config, std::ostream& err) {
  config::LoadResult file = config::load(options.config_file);
  if (!file.ok()) {
    for (const auto& finding : file.findings) err << to_string(finding) << '\n';
    return false;
  }
  file.config.targets = std::move(config.targets);
  config::Target& target = file.config.targets.front();
  target.credential = options.credential;
  const std::string name = target.name;
  config = std::move(file.config);
  const bool known =
      std::ranges::any_of(config.credentials, [&](const auto& one) { return one.name == options.credential; });
  if (!known) err << options.config_file << ": no credential \"" << options.credential << "\"\n";
  config::Findings foreign;
  config::check_hosts(config, foreign);
  for (const auto& finding : foreign.sorted()) err << to_string(finding) << '\n';
  return known && foreign.sorted().empty() && keep_only_target(name, questions_of(options), config);
}

std::optional<config::Config> configured(const DiagnoseOptions& options, std::ostream& err) {
  if (options.url.empty()) {
    return load_single_target(options.config_file, options.target, questions_of(options), err);
  }
  config::LoadResult result = config::parse(as_toml(options), "command line");
  for (const auto& finding : result.findings) {
    if (finding.severity == config::Finding::Severity::error) err << finding.key << ": " << finding.rule << '\n';
  }
  if (!result.ok()) return std::nullopt;
  if (!options.credential.empty() && !take_credential(options, result.config, err)) return std::nullopt;
  return std::move(result.config);
}

std::optional<std::vector<wire::Url>> exporters_of(const DiagnoseOptions& options, std::ostream& err) {
  std::vector<wire::Url> exporters;
  for (const std::string& text : options.via) {
    auto url = wire::Url::parse(text);
    if (!url) {
      err << "--via: not an http or https URL\n";
      return std::nullopt;
    }
    exporters.push_back(std::move(*url));
  }
  return exporters;
}

// One line that is overwritten by the next, and by nothing at the end.
class Progress {
 public:
  Progress(bool wanted, std::ostream& err) : wanted_(wanted), err_(err) {}
  ~Progress() {
    if (wanted_) err_ << "\r\x1b[K" << std::flush;
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void tell(std::string_view what) const {
    constexpr std::size_t kMost = 70;  // of 80 columns: a longer line would wrap, and stay
    if (wanted_) err_ << "\r\x1b[Kasking " << what.substr(0, kMost) << std::flush;
  }

 private:
  const bool wanted_;
  std::ostream& err_;
};

}  // namespace

int exit_code_of(State state) {
  switch (state) {
    case State::ok: return 0;
    case State::unauthorized: return 10;
    case State::forbidden: return 11;
    case State::rate_limited: return 12;
    case State::exposed: return 13;
    case State::unexpected: return 14;
    case State::unreachable: return 15;
    case State::credential_unavailable: return 16;
    case State::pending: break;
  }
  return kExitCannot;
}

namespace {

prober::DiagnoseReport examine(const DiagnoseOptions& options, const config::Config& config,
                               const SignatureFiles& files, std::ostream& err) {
  const Progress progress(options.progress, err);
  prober::Examination examination;
  examination.controls = options.controls;
  examination.compare_next = !options.next_file.empty();
  examination.tell = [&](std::string_view what) { progress.tell(what); };
  return prober::run_diagnose(config, examination, files.rules);
}

}  // namespace

int diagnose(const DiagnoseOptions& options, std::ostream& out, std::ostream& err) {
  auto config = configured(options, err);
  if (!config) return kExitCannot;
  const auto exporters = exporters_of(options, err);
  if (!exporters) return kExitCannot;
  if (!options.next_file.empty() &&
      !add_next_secret(secret_source(options.next_file), "the secret of " + options.next_file, *config, err)) {
    return kExitCannot;
  }
  const SignatureFiles files = read_signature_files(*config);
  if (!files.error.empty()) {
    err << files.error << '\n';
    return kExitCannot;
  }
  const prober::DiagnoseReport examination = examine(options, *config, files, err);
  Subject subject{.target = config->targets[0]};
  if (!exporters->empty()) {
    config::Tls tls;
    tls.ca_file = options.ca_file;
    tls.verify = !options.insecure;
    subject.views = views_from(*exporters, subject.target.name, tls);
  }
  for (const auto& credential : config->credentials) {
    if (credential.name == subject.target.credential) subject.credential = &credential;
  }
  out << (options.json ? report_json(subject, examination) : report_text(subject, examination, options.colour));
  return exit_code_of(examination.state);
}

}  // namespace authprobe::commands
