#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "exporter/commands/commands.h"
#include "exporter/commands/credential_lint.h"
#include "exporter/commands/signature_files.h"
#include "exporter/config/checklist.h"
#include "exporter/config/key_places.h"
#include "exporter/config/lint.h"
#include "exporter/config/load.h"
#include "exporter/config/quantity.h"
#include "exporter/web/access_control.h"
#include "exporter/web/alert_routes.h"
#include "exporter/wire/text.h"

namespace authprobe::commands {
namespace {

using config::Finding;

constexpr std::string_view kStandardInput = "-";

nlohmann::json to_json(const Finding& finding) {
  return {{"severity", finding.severity == Finding::Severity::error ? "error" : "warning"},
          {"file", finding.position.file},
          {"line", finding.position.line},
          {"column", finding.position.column},
          {"key", finding.key},
          {"rule", finding.rule},
          {"hint", finding.hint},
          {"item", finding.item.empty() ? nlohmann::json() : nlohmann::json(finding.item)}};
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

// Who reads a clean report sees what was not asked, and why.
void print_switched_off(const config::Config& config, std::ostream& out) {
  for (const auto& [item, reason] : config.settings.checklist) {
    out << config.files.front() << ": settings.checklist." << item << " is off: " << reason << '\n';
  }
}

void print_json(const std::vector<Finding>& findings, const config::Config& config, std::ostream& out) {
  nlohmann::json list = nlohmann::json::array();
  for (const auto& finding : findings) list.push_back(to_json(finding));
  nlohmann::json switched_off = nlohmann::json::object();
  for (const auto& [item, reason] : config.settings.checklist) switched_off[item] = reason;
  const nlohmann::json report{{"findings", list},
                              {"switched_off", switched_off},
                              {"targets", config.targets.size()},
                              {"credentials", config.credentials.size()},
                              {"providers", providers_json(config)}};
  out << report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
}

void print_lines(const std::vector<Finding>& findings, const config::Config& config, std::size_t errors,
                 const std::string& file, std::ostream& out) {
  for (const auto& finding : findings) {
    out << to_string(finding) << (finding.item.empty() ? "" : " [" + finding.item + ']') << '\n';
  }
  if (errors == 0) print_providers(config, out);
  if (errors == 0) print_switched_off(config, out);
  const std::size_t warnings = findings.size() - errors;
  out << file << ": ";
  if (errors > 0) {
    out << wire::counted(errors, "error") << ", ";
  } else {
    out << "ok, " << wire::counted(config.targets.size(), "target") << ", "
        << wire::counted(config.credentials.size(), "credential") << ", ";
  }
  out << wire::counted(warnings, "warning") << '\n';
}

// What is said of one target of a list is mostly true of all of them: it is said once for each file.
void say_once_of_lists(std::vector<Finding>& findings, const config::Config& config) {
  std::map<std::pair<std::string, std::string>, std::size_t> said;  // by file and hint: how many more
  const auto is_of_list = [&](const Finding& finding) {
    return std::ranges::find(config.files, finding.position.file) == config.files.end();
  };
  std::erase_if(findings, [&](const Finding& finding) {
    if (!is_of_list(finding)) return false;
    const auto [more, is_first] = said.try_emplace({finding.position.file, finding.hint}, 0);
    if (!is_first) ++more->second;
    return !is_first;
  });
  for (Finding& finding : findings) {
    const auto more = said.find({finding.position.file, finding.hint});
    if (more == said.end() || more->second == 0) continue;
    finding.rule += "; so it is with " + wire::counted(more->second, "more target") + " of this file";
  }
}

config::LoadResult load_or_parse(const std::string& file) {
  if (file != kStandardInput) return config::load(file);
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  return config::parse(text, file);
}

// Errors are in included files alone.
bool starts_without_files(const std::string& file) {
  return file != kStandardInput && config::load_usable(file).ok();
}

}  // namespace

int check(const CheckOptions& options, std::ostream& out) {
  config::LoadResult result = load_or_parse(options.config_file);
  const bool loads = result.ok();
  std::vector<Finding> findings = std::move(result.findings);
  for (const config::ListReport& list : result.lists) std::ranges::copy(list.findings, std::back_inserter(findings));
  if (loads) {
    const auto now = std::chrono::system_clock::now();
    std::vector<Finding> advice = config::lint(result.config, now);
    std::ranges::move(credential_lint(result.config, now), std::back_inserter(advice));
    if (!options.alertmanager_file.empty()) {
      std::ranges::move(web::unrouted_owners(result.config, options.alertmanager_file), std::back_inserter(advice));
    }
    config::leave_out_switched_off(result.config.settings, advice);
    config::place_at_keys(advice, result.config.files);
    say_once_of_lists(advice, result.config);
    std::ranges::move(advice, std::back_inserter(findings));
    std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
      return std::tie(a.position.file, a.position.line) < std::tie(b.position.file, b.position.line);
    });
  }
  const SignatureFiles files = read_signature_files(result.config);
  if (!files.error.empty()) {
    findings.push_back({Finding::Severity::error, {options.config_file, 1, 1}, files.setting, files.error, {}});
  }
  std::vector<Finding> web;
  if (!options.web_config_file.empty()) web = web::AccessControl::check(options.web_config_file);
  const std::size_t web_errors = config::count_errors(web);
  std::ranges::move(web, std::back_inserter(findings));
  const std::size_t errors = config::count_errors(findings);
  const bool can_start = files.error.empty() && web_errors == 0 && (loads || starts_without_files(options.config_file));
  if (options.json) {
    print_json(findings, result.config, out);
  } else {
    print_lines(findings, result.config, errors, options.config_file, out);
  }
  const bool readable = options.config_file == kStandardInput || std::filesystem::is_regular_file(options.config_file);
  if (!readable) return kExitCannot;
  if (options.for_start) return can_start ? kExitOk : kExitNotFine;
  return errors > 0 || (options.strict && !findings.empty()) ? kExitNotFine : kExitOk;
}

}  // namespace authprobe::commands
