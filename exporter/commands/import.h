// `import`: writes a configuration of what other programs have, with its secrets in files of their own.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "exporter/import/imported.h"

namespace authprobe::commands {

struct ImportCommand {
  std::vector<std::string> files;         // "-" is standard input
  std::string output;                     // the configuration; empty or "-": standard output, and no file is written
  std::string secrets_dir;                // empty: secrets, beside the configuration
  bool force = false;                     // files that are there are replaced
  bool strict = false;                    // what could not be carried makes the exit code 1
  std::vector<std::string> set;           // "NAME=VALUE"
  importing::ImportOptions options = {};  // but for the variables
};

// Exit code: 0 the configuration is written, 1 a file is not of its format, or nothing of it could be carried (with
// `strict`, not all of it), 2 a file cannot be read or written. After 1 (but for `strict`) and 2 nothing has been
// written.
int import(const ImportCommand& command, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace authprobe::commands
