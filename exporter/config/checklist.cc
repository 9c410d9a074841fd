#include "exporter/config/checklist.h"

#include <algorithm>
#include <set>
#include <string>

#include "exporter/config/references.h"
#include "exporter/wire/text.h"

namespace authprobe::config {
namespace {

// Parts of the words by which people call what is no application of their users.
bool is_monitoring(std::string_view user) {
  static constexpr std::array<std::string_view, 9> kWords{"monitor",   "probe",  "prometheus", "alert",   "uptime",
                                                          "synthetic", "health", "check",      "exporter"};
  const std::string name = wire::lowered(user);
  return std::ranges::any_of(kWords, [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

// One question for all: who has such a credential often has many.
void lint_dedicated(const Config& config, Findings& findings) {
  const Credential* first = nullptr;
  std::string user;
  std::size_t more = 0;
  for (const Credential& credential : config.credentials) {
    const auto found = std::ranges::find_if_not(credential.used_by, is_monitoring);
    if (found == credential.used_by.end()) continue;
    if (first != nullptr) {
      ++more;
    } else {
      first = &credential;
      user = *found;
    }
  }
  if (first == nullptr) return;
  const std::string others = more == 0 ? "" : ", and " + std::to_string(more) + " more such credentials";
  findings.question("dedicated", first->position, "credentials." + first->name + ".used_by",
                    "the probes use an application's credential: \"" + user + '"' + others,
                    "issue one for monitoring alone, so that neither locks out or outlives the other");
}

// A service that is known by its provider file has no page of the user's.
bool is_own_api(const Config& config, const Target& target) {
  const Credential* const credential = find_credential(config, target.credential);
  return credential != nullptr && credential->provider.name.empty();
}

// One question for each server: the first of its targets stands for all.
void lint_public_health(const Config& config, Findings& findings) {
  std::set<std::string> answered;
  for (const Target& target : config.targets) {
    if (!target.control_url.empty()) answered.insert(target.url.origin());
    if (!target.control_url.empty()) answered.insert(target.control_url.origin());
    if (target.credential.empty() && target.expect->wants_success()) answered.insert(target.url.origin());
  }
  for (const Target& target : config.targets) {
    if (target.credential.empty() || !target.expect->wants_success() || !is_own_api(config, target)) continue;
    if (!answered.insert(target.url.origin()).second) continue;
    findings.question("public_health", target.position, "targets." + target.name,
                      "is protected, and no public page of its server is known",
                      "set control_url, or a target without a credential: it tells a dead server from a refusal");
  }
}

}  // namespace

void lint_checklist(const Config& config, Findings& findings) {
  lint_dedicated(config, findings);
  lint_public_health(config, findings);
}

void leave_out_switched_off(const Settings& settings, std::vector<Finding>& findings) {
  std::erase_if(findings, [&](const Finding& finding) {
    return !finding.item.empty() &&
           std::ranges::any_of(settings.checklist, [&](const auto& off) { return off.first == finding.item; });
  });
}

}  // namespace authprobe::config
