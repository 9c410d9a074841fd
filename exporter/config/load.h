// Reads TOML into Config: every rule of the format is here, and every violation is reported at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/findings.h"
#include "exporter/config/provider.h"

namespace authprobe::config {

struct LoadResult {
  Config config;                  // meaningful only if ok()
  std::vector<Finding> findings;  // in order of file, line and column
  Providers providers;            // with those of settings.providers
  bool ok() const;                // no finding is an error
};

// Reads `path` and the files that it includes. A file that cannot be read is a finding, not an exception.
LoadResult load(const std::string& path);

// Parses `text` as if it were the file `path`; `include` is resolved relative to that path's folder.
LoadResult parse(std::string_view text, const std::string& path);

}  // namespace authprobe::config
