// `check FILE`: all errors of a configuration, plus warnings (security and expiry checklist).
#pragma once

#include <iosfwd>
#include <string>

namespace authprobe::commands {

struct CheckOptions {
  std::string config_file;
  std::string web_config_file;  // empty: none
  bool json = false;            // one JSON object with all findings instead of lines
  bool strict = false;          // warnings count as errors
};

// Exit code: 0 no findings or only warnings, 1 errors (or warnings with `strict`), 2 the file cannot be read.
int check(const CheckOptions& options, std::ostream& out);

}  // namespace authprobe::commands
