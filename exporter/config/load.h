// Reads TOML into Config: every rule of the format is here, and every violation is reported at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"

namespace authprobe::config {

struct Finding {
  enum class Severity { error, warning };
  Severity severity = Severity::error;
  Position position;
  std::string key;   // dotted path: targets.billing-me.expect.status
  std::string rule;  // what is wrong and what is allowed; never a secret's value
  std::string hint;  // what to do; may be empty
};

// "file:line:col: key: rule (hint)", with "warning: " before the key of a warning.
std::string to_string(const Finding& finding);

struct LoadResult {
  Config config;                  // meaningful only where ok()
  std::vector<Finding> findings;  // in order of file, line and column
  bool ok() const;                // no finding is an error
};

// Reads `path` and the files that it includes. A file that cannot be read is a finding, not an exception.
LoadResult load(const std::string& path);

// Parses `text` as if it were the file `path`; `include` is resolved relative to that path's folder.
LoadResult parse(std::string_view text, const std::string& path);

// Every key that a file may have, as a dotted path with NAME for a name of the user's: "targets.NAME.expect.status".
std::vector<std::string> known_keys();

}  // namespace authprobe::config
