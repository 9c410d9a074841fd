#include "exporter/commands/import.h"

#include <algorithm>
#include <filesystem>
#include <istream>
#include <ostream>
#include <system_error>
#include <utility>

#include "exporter/commands/commands.h"
#include "exporter/commands/new_file.h"
#include "exporter/import/configuration.h"
#include "exporter/import/import.h"
#include "exporter/wire/file.h"
#include "exporter/wire/text.h"

namespace authprobe::commands {
namespace {

namespace fs = std::filesystem;
using importing::Configuration;
using SecretFile = Configuration::SecretFile;

bool is_dry(const ImportCommand& command) {
  return command.output.empty() || command.output == "-";
}

wire::FileText read_standard_input(std::istream& in) {
  wire::FileText read;
  char bytes[64 * 1024];
  while (in.read(bytes, sizeof bytes) || in.gcount() > 0) {
    read.text.append({bytes, static_cast<std::size_t>(in.gcount())});
    if (read.text.size() > importing::kLargestSource) {
      read.problem = "is larger than " + std::to_string(importing::kLargestSource >> 20) + " MiB";
      break;
    }
  }
  return read;
}

importing::Variables variables_of(const std::vector<std::string>& set) {
  importing::Variables variables;
  for (const std::string& text : set) {
    const auto equals = text.find('=');
    variables[text.substr(0, equals)] = equals == std::string::npos ? "" : text.substr(equals + 1);
  }
  return variables;
}

// The folder of secrets as the configuration names it: a path inside its own folder is relative.
std::string named_folder(const ImportCommand& command) {
  if (command.secrets_dir.empty()) return "secrets";
  const fs::path home = is_dry(command) ? fs::current_path() : fs::absolute(command.output).parent_path();
  const fs::path folder = fs::absolute(command.secrets_dir).lexically_normal();
  std::string relative = folder.lexically_relative(home.lexically_normal()).string();
  while (relative.ends_with('/')) relative.pop_back();
  return relative.empty() || relative.starts_with("..") ? folder.string() : relative;
}

class Output {
 public:
  explicit Output(const ImportCommand& command) : command_(command) {}

  // Every file is written, or none. What went wrong; empty: nothing.
  std::string write(const Configuration& configuration) {
    const fs::path config = fs::absolute(command_.output);
    std::string problem = refuse_existing(config);
    for (const SecretFile& secret : configuration.secrets) {
      if (!problem.empty()) return problem;
      if (secret.needed.empty()) problem = refuse_existing(config.parent_path() / secret.path);
    }
    for (const SecretFile& secret : configuration.secrets) {
      const fs::path place = config.parent_path() / secret.path;
      if (problem.empty()) problem = make_private_folder(place.parent_path());
      if (problem.empty() && secret.needed.empty()) problem = write_fresh(place, secret.secret + '\n', 0600);
    }
    if (problem.empty()) problem = write_fresh(config, configuration.text, 0640);
    if (problem.empty()) problem = put_in_place();
    return problem;
  }

 private:
  std::string refuse_existing(const fs::path& path) const {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return path.string() + " is a folder";
    if (command_.force || !fs::exists(fs::symlink_status(path, ignored))) return "";
    return path.string() + " is there already: --force replaces it";
  }

  // Beside its place first, so that a failure leaves what was there. No credential can have this name.
  std::string write_fresh(const fs::path& path, std::string_view text, mode_t mode) {
    const fs::path fresh = path.string() + ".new~";
    std::string problem = write_new(fresh, text, mode);
    if (problem.empty()) fresh_.emplace_back(fresh, path);
    if (problem.empty()) undo_.emplace_back(fresh);
    return problem;
  }

  std::string put_in_place() {
    for (std::size_t i = 0; i < fresh_.size(); ++i) {
      std::error_code failed;
      fs::rename(fresh_[i].first, fresh_[i].second, failed);
      if (failed) return fresh_[i].second.string() + " cannot be replaced: " + failed.message();
      undo_[i].keep();
    }
    return "";
  }

  const ImportCommand& command_;
  std::vector<std::pair<fs::path, fs::path>> fresh_;
  std::vector<Undo> undo_;
};

void print_report(const importing::Import& import, const Configuration& configuration, const ImportCommand& command,
                  std::ostream& err) {
  for (const importing::LeftOut& one : import.left_out) {
    err << one.place << ": not carried: " << one.what << ": " << one.why << '\n';
  }
  for (const SecretFile& secret : configuration.secrets) {
    if (!secret.needed.empty()) err << secret.path << ": to be written by you: " << secret.needed << '\n';
    if (secret.needed.empty() && !is_dry(command)) err << secret.path << ": written, for its owner alone\n";
  }
  const std::size_t written = static_cast<std::size_t>(
      std::ranges::count_if(configuration.secrets, [](const SecretFile& one) { return one.needed.empty(); }));
  err << (is_dry(command) ? "nothing is written (--output FILE)" : command.output) << ": "
      << wire::counted(configuration.targets, "target") << ", "
      << wire::counted(configuration.credentials, "credential") << ", " << wire::counted(written, "secret file") << ", "
      << import.left_out.size() << " not carried, "
      << wire::counted(configuration.findings.size() - config::count_errors(configuration.findings), "warning")
      << (is_dry(command) ? "" : " (check shows them)") << '\n';
}

bool read_files(const ImportCommand& command, std::istream& in, std::vector<wire::FileText>& texts, std::ostream& err) {
  for (const std::string& file : command.files) {
    texts.push_back(file == "-" ? read_standard_input(in) : wire::read_file(file, importing::kLargestSource));
    if (texts.back().problem.empty()) continue;
    err << file << ' ' << texts.back().problem << '\n';
    return false;
  }
  return true;
}

}  // namespace

int import(const ImportCommand& command, std::istream& in, std::ostream& out, std::ostream& err) {
  std::vector<wire::FileText> texts;
  if (!read_files(command, in, texts, err)) return kExitCannot;
  std::vector<importing::SourceFile> files;
  for (std::size_t i = 0; i < texts.size(); ++i) files.push_back({command.files[i], texts[i].text.reveal()});
  importing::Import import;
  import.options = command.options;
  import.options.variables = variables_of(command.set);
  config::Findings problems;
  importing::read_sources(files, import, problems);
  for (const config::Finding& problem : problems.sorted()) err << to_string(problem) << '\n';
  if (problems.size() > 0) return kExitNotFine;
  const std::string file = is_dry(command) ? "imported.toml" : command.output;
  const Configuration configuration = importing::configuration_of(import, file, named_folder(command));
  if (!configuration.ok || configuration.targets == 0) {
    for (const config::Finding& finding : configuration.findings) {
      if (finding.severity == config::Finding::Severity::error) err << to_string(finding) << '\n';
    }
    for (const importing::LeftOut& one : import.left_out) {
      err << one.place << ": not carried: " << one.what << ": " << one.why << '\n';
    }
    err << command.files.front() << ": nothing of it could be carried\n";
    return kExitNotFine;
  }
  if (is_dry(command)) {
    out << configuration.text;
  } else if (const std::string problem = Output(command).write(configuration); !problem.empty()) {
    err << problem << ": nothing was written\n";
    return kExitCannot;
  }
  print_report(import, configuration, command, err);
  return command.strict && !import.left_out.empty() ? kExitNotFine : kExitOk;
}

}  // namespace authprobe::commands
