#include "exporter/commands/check.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <ostream>
#include <tuple>
#include <vector>

#include "exporter/commands/credential_lint.h"
#include "exporter/commands/exit_code.h"
#include "exporter/commands/signature_files.h"
#include "exporter/config/key_places.h"
#include "exporter/config/lint.h"
#include "exporter/config/load.h"
#include "exporter/config/quantity.h"
#include "exporter/web/access_control.h"

namespace authprobe::commands {
namespace {

using config::Finding;

nlohmann::json to_json(const Finding& finding) {
  return {{"severity", finding.severity == Finding::Severity::error ? "error" : "warning"},
          {"file", finding.position.file},
          {"line", finding.position.line},
          {"column", finding.position.column},
          {"key", finding.key},
          {"rule", finding.rule},
          {"hint", finding.hint}};
}

// The target that a provider made for the credential, or filled in; null: none.
const config::Target* target_of(const config::Credential& credential, const config::Config& config) {
  const auto found = std::ranges::find(config.targets, credential.name, &config::Target::credential);
  return found == config.targets.end() ? nullptr : &*found;
}

nlohmann::json providers_json(const config::Config& config) {
  nlohmann::json list = nlohmann::json::array();
  for (const config::Credential& credential : config.credentials) {
    if (credential.provider.name.empty()) continue;
    const config::Target* target = target_of(credential, config);
    list.push_back({{"credential", credential.name},
                    {"provider", credential.provider.name},
                    {"keys", credential.provider.keys},
                    {"target", target == nullptr ? nlohmann::json() : nlohmann::json(target->name)}});
  }
  return list;
}

void print_providers(const config::Config& config, std::ostream& out) {
  for (const config::Credential& credential : config.credentials) {
    if (credential.provider.name.empty()) continue;
    out << to_string(credential.position) << ": credentials." << credential.name << ": provider "
        << credential.provider.name << " fills in";
    for (const std::string& key : credential.provider.keys) {
      out << (key == credential.provider.keys.front() ? " " : ", ") << key;
    }
    if (const config::Target* target = target_of(credential, config)) {
      out << "; target " << target->name << ": " << target->method << ' ' << target->url.shown() << " every "
          << config::format_duration(target->interval);
    }
    out << '\n';
  }
}

void print_json(const std::vector<Finding>& findings, const config::Config& config, std::ostream& out) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& finding : findings) list.push_back(to_json(finding));
  const nlohmann::json report{{"findings", list},
                              {"targets", config.targets.size()},
                              {"credentials", config.credentials.size()},
                              {"providers", providers_json(config)}};
  out << report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + ' ' + what + (count == 1 ? "" : "s");
}

void print_lines(const std::vector<Finding>& findings, const config::Config& config, std::size_t errors,
                 const std::string& file, std::ostream& out) {
  for (const auto& finding : findings) out << to_string(finding) << '\n';
  if (errors == 0) print_providers(config, out);
  const std::size_t warnings = findings.size() - errors;
  out << file << ": ";
  if (errors > 0) {
    out << counted(errors, "error") << ", ";
  } else {
    out << "ok, " << counted(config.targets.size(), "target") << ", "
        << counted(config.credentials.size(), "credential") << ", ";
  }
  out << counted(warnings, "warning") << '\n';
}

}  // namespace

int check(const CheckOptions& options, std::ostream& out) {
  config::LoadResult result = config::load(options.config_file);
  std::vector<Finding> findings = std::move(result.findings);
  if (config::count_errors(findings) == 0) {
    const auto now = std::chrono::system_clock::now();
    std::vector<Finding> advice = config::lint(result.config, now);
    std::ranges::move(credential_lint(result.config, now), std::back_inserter(advice));
    config::place_at_keys(advice, result.config.files);
    std::ranges::move(advice, std::back_inserter(findings));
    std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
      return std::tie(a.position.file, a.position.line) < std::tie(b.position.file, b.position.line);
    });
  }
  const SignatureFiles files = read_signature_files(result.config.settings.signatures);
  if (!files.error.empty()) {
    findings.push_back({Finding::Severity::error, {options.config_file, 1, 1}, "settings.signatures", files.error, {}});
  }
  if (!options.web_config_file.empty()) {
    for (Finding& finding : web::AccessControl::check(options.web_config_file)) findings.push_back(std::move(finding));
  }
  const std::size_t errors = config::count_errors(findings);
  if (options.json) {
    print_json(findings, result.config, out);
  } else {
    print_lines(findings, result.config, errors, options.config_file, out);
  }
  if (!std::filesystem::is_regular_file(options.config_file)) return kExitCannot;
  return errors > 0 || (options.strict && !findings.empty()) ? kExitNotFine : kExitOk;
}

}  // namespace authprobe::commands
