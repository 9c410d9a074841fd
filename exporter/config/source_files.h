// The files of a configuration: which ones a pattern names, and their text.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "exporter/config/findings.h"
#include "exporter/wire/file.h"
#include "exporter/wire/secret.h"

namespace authprobe::config {

// The files that a pattern of a list of targets matches, in order of name; like Prometheus, with files whose names
// begin with a dot.
std::vector<std::string> list_files_matching(const std::string& pattern);

// A pattern that only this file matches.
std::string as_pattern(const std::string& file);

// `pattern`, which may be relative to the folder of `file`, as one that is not; it holds nothing else of that folder.
std::string from_folder_of(const std::string& file, const std::string& pattern);

// The canonical path, so that a file that is included twice is read once.
std::string canonical(const std::string& file);

// The files of one configuration, each read once: a second load with the same object finds what the first one found,
// whatever was edited meanwhile.
class Sources {
 public:
  // In order of name; a relative pattern starts at the folder of `file`.
  std::vector<std::string> files_matching(const std::string& pattern, const std::string& file);

  // Null, and a finding, if the file cannot be read.
  std::shared_ptr<const wire::Secret> read(const std::string& path, Findings& findings);

  // The same, but the file that is read has to be in `folder`, whatever links lead to it, and small.
  std::shared_ptr<const wire::Secret> read_inside(const std::string& folder, const std::string& path,
                                                  Findings& findings);

  // What was read; null: nothing.
  std::shared_ptr<const wire::Secret> known(const std::string& path) const;

 private:
  std::shared_ptr<const wire::Secret> keep(const std::string& path, wire::FileText file, Findings& findings);

  std::map<std::string, std::vector<std::string>> matches_;           // by pattern
  std::map<std::string, std::shared_ptr<const wire::Secret>> texts_;  // by path
};

}  // namespace authprobe::config
