// Logs changes of credentials: rotations, failed token fetches, paused passwords, and results of the next credential.
// Only changes; the metrics have the rest.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "exporter/commands/log.h"
#include "exporter/prober/credential_status.h"

namespace authprobe::commands {

class CredentialLog {
 public:
  explicit CredentialLog(Log& log) : log_(log) {}

  void note(const std::vector<prober::CredentialStatus>& statuses);

 private:
  void note(const prober::CredentialStatus& before, const prober::CredentialStatus& now);
  void note_fetches(const prober::CredentialStatus& before, const prober::CredentialStatus& now);

  Log& log_;
  std::unordered_map<std::string, prober::CredentialStatus> last_;
};

}  // namespace authprobe::commands
