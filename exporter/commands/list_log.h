// What the log says of lists of targets: once for each change.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "exporter/commands/log.h"
#include "exporter/config/target_list.h"

namespace authprobe::commands {

class ListLog {
 public:
  explicit ListLog(Log& log) : log_(log) {}

  void note(const std::vector<config::ListReport>& reports);

 private:
  Log& log_;
  std::map<std::string, std::string> said_;  // by list: what is wrong; lists without a fault are not there
};

}  // namespace authprobe::commands
