#include "exporter/commands/add.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <system_error>
#include <utility>

#include "exporter/commands/commands.h"
#include "exporter/commands/new_file.h"
#include "exporter/commands/secret_input.h"
#include "exporter/config/load.h"
#include "exporter/config/toml_writer.h"
#include "exporter/wire/file.h"

namespace authprobe::commands {
namespace {

namespace fs = std::filesystem;
using config::Provider;
using Settings = std::vector<std::pair<std::string, std::string>>;  // key, value

constexpr std::size_t kLargestConfig = 1u << 24;

// Whose token it is, and why it cannot be taken.
struct Recognised {
  const Provider* provider = nullptr;
  std::string text;     // for people: "GitHub (classic personal access token)"
  std::string problem;  // empty: it can be taken
};

Recognised recognise(std::string_view token, const AddOptions& options, config::Providers& known) {
  const auto services = known.services();
  Recognised result;
  const config::TokenForm* form = config::form_of(token, services->forms);
  if (form != nullptr) result.text = form->service + " (" + form->name + ")";
  const std::string name = options.provider.empty() && form != nullptr ? form->provider : options.provider;
  if (const std::string damage = config::problem_of_form(token, name, services->forms); !damage.empty()) {
    result.problem = "the token " + damage;
  } else if (name.empty()) {
    result.problem =
        "nothing tells whose token this is: name the service with --provider (authprobe_exporter providers)";
  } else if (result.provider = known.find(name); result.provider == nullptr) {
    const std::vector<std::string> names = known.names();
    const std::string hint = config::did_you_mean(name, {names.begin(), names.end()});
    result.problem = "no provider " + config::quoted(name) + (hint.empty() ? "" : ": " + hint);
  }
  return result;
}

// The key that the token is for. Those before it are names, and are given with --set.
const std::string& secret_key(const Provider& provider) {
  return provider.secrets.back();
}

// --set, and the host of a curl command where the provider wants one.
Settings settings_of(const AddOptions& options, const Provider& provider, const std::string& host) {
  Settings settings;
  for (const std::string& text : options.set) {
    const auto equals = text.find('=');
    settings.emplace_back(text.substr(0, equals), equals == std::string::npos ? "" : text.substr(equals + 1));
  }
  const auto is_host = [](const auto& one) { return one.first == "host"; };
  for (const config::ProviderVariable& variable : provider.variables) {
    const bool is_given = std::ranges::any_of(settings, is_host);
    if (variable.name == "host" && !host.empty() && host != variable.usual && !is_given) {
      settings.emplace_back("host", host);
    }
  }
  return settings;
}

// What has to be given with --set; empty: nothing.
std::string missing(const Provider& provider, const Settings& settings) {
  std::string text;
  const auto want = [&](const std::string& key, const std::string& about) {
    const bool is_given = std::ranges::any_of(settings, [&](const auto& one) { return one.first == key; });
    if (!is_given) text += "\n  --set " + key + "=...   " + about;
  };
  for (const std::string& key : provider.secrets) {
    if (key != secret_key(provider)) want(key, "beside the " + secret_key(provider));
  }
  for (const config::ProviderVariable& variable : provider.variables) {
    if (!variable.usual) want(variable.name, variable.about);
  }
  return text;
}

std::string block(const std::string& name, const Provider& provider, const std::string& file,
                  const Settings& settings) {
  std::string text = "\n[credentials." + config::key_text(name) + "]\nprovider = " + config::quoted(provider.name) +
                     '\n' + secret_key(provider) + " = { file = " + config::quoted(file) + " }\n";
  for (const auto& [key, value] : settings) text += config::key_text(key) + " = " + config::quoted(value) + '\n';
  return text;
}

int cannot(std::ostream& err, const std::string& problem, int code = kExitCannot) {
  err << problem << '\n';
  return code;
}

void print_errors(const config::LoadResult& result, std::ostream& err) {
  for (const config::Finding& finding : result.findings) {
    if (finding.severity == config::Finding::Severity::error) err << to_string(finding) << '\n';
  }
}

// The secret's file, as the configuration names it, and where it is.
std::pair<std::string, fs::path> place_of(const AddOptions& options, const std::string& name) {
  const fs::path folder = fs::absolute(options.config_file).parent_path();
  const std::string file = options.secret_file.empty() ? "secrets/" + name : options.secret_file;
  return {file, fs::path(file).is_absolute() ? fs::path(file) : folder / file};
}

// The configuration begins with this credential. A folder that is not there is a typing error.
bool is_new(const AddOptions& options) {
  std::error_code ignored;
  const fs::path file = fs::absolute(options.config_file);
  return !fs::exists(fs::symlink_status(file, ignored)) && fs::is_directory(file.parent_path(), ignored);
}

// Both files are written, and the new configuration is valid, or nothing is.
int write(const AddOptions& options, const std::string& name, const Provider& provider, const Settings& settings,
          std::string_view token, std::ostream& out, std::ostream& err) {
  const auto [file, place] = place_of(options, name);
  const bool begins = is_new(options);
  const wire::FileText before = begins ? wire::FileText{} : wire::read_file(options.config_file, kLargestConfig);
  if (!before.problem.empty()) return cannot(err, options.config_file + ' ' + before.problem);
  struct stat status {};
  status.st_mode = 0640;  // of a new file
  ::stat(options.config_file.c_str(), &status);
  if (std::string problem = make_private_folder(place.parent_path()); !problem.empty()) return cannot(err, problem);
  if (std::string problem = write_new(place, std::string(token) + '\n', 0600); !problem.empty()) {
    return cannot(err, problem);
  }
  Undo secret(place);
  const fs::path fresh = options.config_file + ".new";
  const std::string added = block(name, provider, file, settings).substr(begins ? 1 : 0);
  if (std::string problem = write_new(fresh, std::string(before.text.reveal()) + added, status.st_mode & 0777);
      !problem.empty()) {
    return cannot(err, problem);
  }
  Undo config(fresh);
  if (const config::LoadResult result = config::load(fresh); !result.ok()) {
    print_errors(result, err);
    return cannot(err, "the configuration would have errors: nothing was written");
  }
  std::error_code failed;
  fs::rename(fresh, options.config_file, failed);
  if (failed) return cannot(err, options.config_file + " cannot be replaced: " + failed.message());
  secret.keep();
  config.keep();
  out << "written: " << place.string() << " (for its owner alone), and in " << options.config_file
      << (begins ? ", which is new:\n\n" : ":\n") << added << '\n';
  return kExitOk;
}

}  // namespace

int add(const AddOptions& options, std::istream& in, std::ostream& out, std::ostream& err) {
  config::LoadResult loaded =
      is_new(options) ? config::parse("", options.config_file) : config::load(options.config_file);
  if (!loaded.ok()) {
    print_errors(loaded, err);
    return kExitCannot;
  }
  const SecretInput input = options.from.empty()
                                ? ask_secret("Token, or a curl command with it (what you type is not shown): ")
                                : read_secret_input(options.from, in);
  if (!input.problem.empty()) return cannot(err, input.problem);
  const std::string_view token = input.secret.reveal();
  const Recognised whose = recognise(token, options, loaded.providers);
  if (!whose.problem.empty()) return cannot(err, whose.problem, kExitNotFine);
  const Provider& provider = *whose.provider;
  out << (whose.text.empty() ? "taken as a token of " + provider.title : "this is a token of " + whose.text) << '\n';
  const Settings settings = settings_of(options, provider, input.host);
  if (const std::string wanted = missing(provider, settings); !wanted.empty()) {
    return cannot(err, provider.title + " needs more:" + wanted, kExitCannot);
  }
  const std::string name = options.name.empty() ? provider.name : options.name;
  const auto has_name = [&](const config::Credential& credential) { return credential.name == name; };
  if (std::ranges::any_of(loaded.config.credentials, has_name)) {
    return cannot(err, "credentials." + name + " is there already: choose another name (add NAME)");
  }
  if (const int code = write(options, name, provider, settings, token, out, err); code != kExitOk) return code;
  DiagnoseOptions probe;
  probe.config_file = options.config_file;
  probe.target = name;
  probe.controls = options.controls;
  return diagnose(probe, out, err);
}

}  // namespace authprobe::commands
