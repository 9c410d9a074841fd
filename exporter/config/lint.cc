#include "exporter/config/lint.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "exporter/config/checklist.h"
#include "exporter/config/findings.h"
#include "exporter/config/hosts.h"
#include "exporter/config/references.h"

namespace authprobe::config {
namespace {

enum class Contents { open, secret };

class FileLint {
 public:
  explicit FileLint(Findings& findings) : findings_(findings) {}

  // Each file is reported once, at its first place.
  void check(const std::string& file, Contents contents, const Position& position, const std::string& key) {
    if (file.empty() || !seen_.insert(file).second) return;
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
      findings_.warning(position, key, "its file cannot be read: " + std::string(std::strerror(errno)));
    } else if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode)) {
      findings_.warning(position, key, "its file is not a regular file");
    } else if (contents == Contents::secret && (status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
      findings_.warning(position, key, "its file can be read by every user of this machine", "chmod o-rwx");
    }
  }

 private:
  Findings& findings_;
  std::set<std::string> seen_;
};

void lint_source(const SecretSource& source, const Position& position, const std::string& key, FileLint& files,
                 Findings& findings) {
  if (source.kind == SecretSource::Kind::file) files.check(source.text, Contents::secret, position, key);
  if (source.kind == SecretSource::Kind::env && std::getenv(source.text.c_str()) == nullptr) {
    findings.warning(position, key, "its environment variable is not set here");
  }
}

void lint_credential(const Credential& credential, std::chrono::system_clock::time_point now, FileLint& files,
                     Findings& findings) {
  const std::string key = "credentials." + credential.name;
  for (const auto& [name, source, form] : secret_sources(credential)) {
    lint_source(*source, credential.position, key + '.' + name, files, findings);
  }
  lint_source(credential.connection->proxy_password, credential.position, key + ".proxy_password", files, findings);
  if (credential.expires_at && *credential.expires_at <= std::chrono::floor<std::chrono::seconds>(now)) {
    findings.warning(credential.position, key + ".expires_at", "has passed");
  }
  if (credential.expiry.issued_at && *credential.expiry.issued_at > now) {
    findings.warning(credential.position, key + ".issued_at", "is in the future");
  }
}

bool asks_for_more(const Credential& credential) {
  const auto& allowed = credential.scopes.allowed;
  const auto* oauth2 = std::get_if<Oauth2>(&credential.kind);
  return oauth2 != nullptr && !allowed.empty() &&
         std::any_of(oauth2->scopes.begin(), oauth2->scopes.end(), [&](const std::string& scope) {
           return std::find(allowed.begin(), allowed.end(), scope) == allowed.end();
         });
}

// Facts that a person needs who is woken by an alert.
void lint_record(const Credential& credential, Findings& findings) {
  const std::string key = "credentials." + credential.name;
  if (credential.used_by.empty())
    findings.question("used_by", credential.position, key, "has no used_by", "list what stops working without it");
  if (credential.rotation.empty()) {
    findings.question("rotation", credential.position, key, "has no rotation link",
                      "link the page that describes the renewal");
  }
  if (asks_for_more(credential)) {
    findings.warning(credential.position, key + ".scopes", "requests scopes beyond allowed_scopes",
                     "least privilege: request fewer scopes");
  }
}

// Pages that are public at nearly every API.
bool sounds_public(const wire::Url& url) {
  static constexpr std::array<std::string_view, 10> kPublic{"health", "status", "ping",    "ready",  "live",
                                                            "alive",  "public", "version", "robots", ".well-known"};
  return std::any_of(kPublic.begin(), kPublic.end(),
                     [&](std::string_view word) { return url.text().find(word) != std::string::npos; });
}

// If an API's other targets have a credential, this one probably needs one too.
void lint_missing_credentials(const Config& config, Findings& findings) {
  std::set<std::string> authenticated;
  std::set<wire::Url> control_urls;
  for (const Target& target : config.targets) {
    if (!target.credential.empty()) authenticated.insert(target.url.origin());
    control_urls.insert(target.control_url);
  }
  for (const Target& target : config.targets) {
    const bool looks_authenticated = target.credential.empty() && authenticated.contains(target.url.origin()) &&
                                     !control_urls.contains(target.url) && !sounds_public(target.url);
    if (looks_authenticated && target.expect->wants_success()) {
      findings.warning(target.position, "targets." + target.name,
                       "has no credential, but other targets of its server have one",
                       "name one, or expect the refusal: expect.status = [401]");
    }
  }
}

// A secret that no target's body has a place for is not sent.
void lint_body_secrets(const Config& config, Findings& findings) {
  for (const Target& target : config.targets) {
    const Credential* const credential = find_credential(config, target.credential);
    if (credential == nullptr) continue;
    for (const auto& [name, source] : credential->more.body) {
      if (target.body.find("${" + name + '}') != std::string::npos) continue;
      findings.warning(target.position, "targets." + target.name + ".body",
                       "has no ${" + name + "}: this secret of its credential is not sent");
    }
  }
}

// The same request under two names is twice the load, and two pages for one fault. With other expectations or another
// way to the server, it may be meant.
void lint_duplicates(const Config& config, Findings& findings) {
  std::map<std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>, const Target*> first;
  for (const Target& target : config.targets) {
    const auto [other, is_new] =
        first.emplace(std::tuple(std::string_view(target.url.text()), std::string_view(target.credential),
                                 std::string_view(target.method), std::string_view(target.body)),
                      &target);
    const Target& known = *other->second;
    const bool same =
        known.headers == target.headers && *known.connection == *target.connection && *known.expect == *target.expect;
    if (is_new || !same) continue;
    findings.warning(target.position, "targets." + target.name + ".url",
                     "is requested with the same credential and method by targets." + known.name,
                     "remove one of the two targets");
  }
}

void lint_target(const Target& target, std::chrono::system_clock::time_point now, FileLint& files, Findings& findings) {
  const std::string key = "targets." + target.name;
  const Tls& tls = target.connection->tls;
  const Contents certificate = tls.private_key_file.empty() ? Contents::secret : Contents::open;
  files.check(tls.ca_file, Contents::open, target.position, key + ".tls.ca_file");
  files.check(tls.certificate_file, certificate, target.position, key + ".tls.certificate_file");
  files.check(tls.private_key_file, Contents::secret, target.position, key + ".tls.private_key_file");
  lint_source(target.connection->proxy_password, target.position, key + ".proxy_password", files, findings);
  for (const MaintenanceWindow& window : target.maintenance) {
    if (window.end && *window.end <= now)
      findings.warning(target.position, key + ".maintenance", "has a window in the past");
  }
}

}  // namespace

std::vector<Finding> lint(const Config& config, std::chrono::system_clock::time_point now) {
  Findings findings;
  FileLint files(findings);
  for (const Credential& credential : config.credentials) {
    lint_credential(credential, now, files, findings);
    lint_record(credential, findings);
  }
  for (const Target& target : config.targets) lint_target(target, now, files, findings);
  lint_missing_credentials(config, findings);
  lint_sites(config, findings);
  lint_body_secrets(config, findings);
  lint_duplicates(config, findings);
  lint_checklist(config, findings);
  return findings.sorted();
}

}  // namespace authprobe::config
