#include "exporter/config/lint.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>

#include "exporter/config/findings.h"

namespace authprobe::config {
namespace {

enum class Contents { open, secret };

class FileLint {
 public:
  explicit FileLint(Findings& findings) : findings_(findings) {}

  // Each file is reported once, where it is named first.
  void check(const std::string& file, Contents contents, const Position& position, const std::string& key) {
    if (file.empty() || !seen_.insert(file).second) return;
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
      findings_.warning(position, key, "its file cannot be read: " + std::string(std::strerror(errno)));
    } else if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode)) {
      findings_.warning(position, key, "its file is not a regular file");
    } else if (contents == Contents::secret && (status.st_mode & (S_IROTH | S_IWOTH)) != 0) {
      findings_.warning(position, key, "its file is open to every user of this machine", "chmod o-rwx");
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
  for (const auto& [name, source] : secret_sources(credential)) {
    lint_source(*source, credential.position, key + '.' + name, files, findings);
  }
  if (credential.expires_at && *credential.expires_at <= now) {
    findings.warning(credential.position, key + ".expires_at", "has passed");
  }
}

void lint_target(const Target& target, std::chrono::system_clock::time_point now, FileLint& files, Findings& findings) {
  const std::string key = "targets." + target.name;
  const Tls& tls = target.connection->tls;
  const Contents certificate = tls.private_key_file.empty() ? Contents::secret : Contents::open;
  files.check(tls.ca_file, Contents::open, target.position, key + ".tls.ca_file");
  files.check(tls.certificate_file, certificate, target.position, key + ".tls.certificate_file");
  files.check(tls.private_key_file, Contents::secret, target.position, key + ".tls.private_key_file");
  for (const MaintenanceWindow& window : target.maintenance) {
    if (window.end && *window.end <= now)
      findings.warning(target.position, key + ".maintenance", "has a window that is over");
  }
}

}  // namespace

std::vector<Finding> lint(const Config& config, std::chrono::system_clock::time_point now) {
  Findings findings;
  FileLint files(findings);
  for (const Credential& credential : config.credentials) lint_credential(credential, now, files, findings);
  for (const Target& target : config.targets) lint_target(target, now, files, findings);
  return findings.sorted();
}

}  // namespace authprobe::config
