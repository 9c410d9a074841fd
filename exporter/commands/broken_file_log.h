// What the log says of included files that have errors: once for each change.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "exporter/commands/log.h"
#include "exporter/config/broken_file.h"

namespace authprobe::commands {

class BrokenFileLog {
 public:
  explicit BrokenFileLog(Log& log) : log_(log) {}

  void note(const std::vector<config::BrokenFile>& files);

 private:
  Log& log_;
  std::map<std::string, std::string> said_;  // by path; files without an error are not there
};

}  // namespace authprobe::commands
