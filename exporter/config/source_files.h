// The files of a configuration: which ones a pattern names, and their text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/config/findings.h"
#include "exporter/wire/secret.h"

namespace authprobe::config {

// The files that `pattern` matches, in order of name; a relative pattern starts at the folder of `file`.
std::vector<std::string> files_matching(const std::string& pattern, const std::string& file);

// The canonical path, so that a file that is included twice is read once.
std::string canonical(const std::string& file);

// Nothing, and a finding, if the file cannot be read.
std::optional<wire::Secret> read_source(const std::string& path, Findings& findings);

}  // namespace authprobe::config
