// How the reading of a list of targets went.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "exporter/config/findings.h"

namespace authprobe::config {

struct ListReport {
  std::string name;
  std::vector<Finding> findings;  // of files and targets; a bounded number
  bool is_good = true;            // false: a file cannot be used, or the list is empty; what was last good is kept
  std::size_t targets = 0;        // made
  std::size_t left_out = 0;       // for a fault of their own; those that `relabel` drops do not count
};

}  // namespace authprobe::config
