// Reads TOML into Config: every rule of the format is here, and every violation is reported at once.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/broken_file.h"
#include "exporter/config/config.h"
#include "exporter/config/findings.h"
#include "exporter/config/pattern.h"
#include "exporter/config/provider.h"
#include "exporter/config/source_files.h"
#include "exporter/config/target_list.h"
#include "exporter/wire/file.h"
#include "exporter/wire/secret.h"

namespace authprobe::config {

// Texts of included files, by path. Null: nothing is read in the file's place.
using IncludedTexts = std::map<std::string, std::shared_ptr<const wire::Secret>>;

// What a load leaves for the next one.
struct LoadMemory {
  std::shared_ptr<Sources> sources;          // null: all files are read anew, else those of lists alone
  std::map<std::string, ListFiles> lists;    // by name: what was last good
  std::map<std::string, UrlAnswer> answers;  // by list and URL
  IncludedTexts included;                    // what was read of them
  std::shared_ptr<Patterns> patterns = {};   // null: all are compiled anew
};

struct LoadResult {
  Config config;                   // meaningful only if ok()
  std::vector<Finding> findings;   // in order of file, line and column
  Providers providers;             // with those of settings.providers
  std::vector<ListReport> lists;   // in the order of the configuration's; what is wrong with a list is no error of it
  std::vector<BrokenFile> broken;  // in order of path; of load_usable()
  LoadMemory memory;
  std::set<std::string> scoped;      // the included files that have a scope
  std::vector<std::string> watched;  // patterns of file names: what comes to match one is to be read too
  bool ok() const;                   // no finding is an error
};

// Reads `path` and the files that it includes. A file that cannot be read is a finding, not an exception.
LoadResult load(const std::string& path, const LoadMemory& before = {});

// The same for an exporter that runs: what was last good stands in for an included file that has errors, or the file is
// left out. An error is one of the result where it is in the main file, or in an included file that has not changed
// since it was good: then another file's change breaks it, and nothing of that change is to be used. A file with a
// scope is left out in that case too: whoever writes it does not hold up the others.
LoadResult load_usable(const std::string& path, const LoadMemory& before = {});

// The files that patterns match, as they are now: others tell that a configuration is to be read again.
std::vector<std::optional<wire::FileStamp>> stamps_of(const std::vector<std::string>& patterns);

// Takes what the URL of a list has answered: `problem`, or else `text`. False: the same as before, nothing is to be
// read.
bool take_answer(const TargetList& list, std::string_view text, const std::string& problem, LoadMemory& memory);

// Both mean the same, whichever files they are from.
bool is_same(const Config& a, const Config& b);

// Parses `text` as if it were the file `path`; `include` is resolved relative to that path's folder.
LoadResult parse(std::string_view text, const std::string& path);

}  // namespace authprobe::config
