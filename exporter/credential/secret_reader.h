#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "exporter/config/config.h"
#include "exporter/wire/file.h"
#include "exporter/wire/secret.h"
#include "exporter/wire/time.h"

namespace authprobe::credential {

// A secret at its source: read late, held in one place. The value is read again when its file changes; atomic renames
// and Kubernetes' `..data` symlink swaps are changes too.
class SecretReader {
 public:
  explicit SecretReader(config::SecretSource source, config::SecretForm form = config::SecretForm::line)
      : source_(std::move(source)), form_(form) {}

  // Reads what has changed since the last call; true where the value is another one now. Costs one stat() while nothing
  // changes.
  bool refresh();

  const wire::Secret& secret() const { return secret_; }

  // Why there is no value to send ("file /run/secrets/x: no such file"); empty where there is one. Never the value.
  const std::string& problem() const { return problem_; }

  // When the file that the value came from was last modified; nullopt for other sources.
  std::optional<WallTime> changed_at() const { return changed_at_; }

 private:
  std::string_view without_wrapping(std::string_view text) const;
  bool take(std::string text);
  bool fail(std::string problem);
  bool refresh_file();

  config::SecretSource source_;
  config::SecretForm form_;
  wire::Secret secret_;
  std::string problem_ = "not read yet";
  std::optional<wire::FileStamp> stamp_;
  std::optional<WallTime> changed_at_;
};

}  // namespace authprobe::credential
