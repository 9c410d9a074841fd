// Reads TOML into Config: every rule of the format is here, and every violation is reported at once.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/findings.h"
#include "exporter/config/provider.h"
#include "exporter/config/source_files.h"
#include "exporter/config/target_list.h"

namespace authprobe::config {

// What a load leaves for the next one.
struct LoadMemory {
  std::shared_ptr<Sources> sources;        // null: all files are read anew, else those of lists alone
  std::map<std::string, ListFiles> lists;  // by name: what was last good
};

struct LoadResult {
  Config config;                  // meaningful only if ok()
  std::vector<Finding> findings;  // in order of file, line and column
  Providers providers;            // with those of settings.providers
  std::vector<ListReport> lists;  // in the order of the configuration's; what is wrong with a list is no error of it
  LoadMemory memory;
  bool ok() const;  // no finding is an error
};

// Reads `path` and the files that it includes. A file that cannot be read is a finding, not an exception.
LoadResult load(const std::string& path, const LoadMemory& before = {});

// Parses `text` as if it were the file `path`; `include` is resolved relative to that path's folder.
LoadResult parse(std::string_view text, const std::string& path);

}  // namespace authprobe::config
