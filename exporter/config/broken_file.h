// An included file that has errors. It takes no other file with it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "exporter/config/findings.h"

namespace authprobe::config {

struct BrokenFile {
  std::string path;
  bool is_kept = false;           // what was last good in it stays in use; false: nothing of it is
  std::vector<Finding> findings;  // its errors
};

inline constexpr std::size_t kMostErrorsShown = 20;

// The errors among the findings, a line each; of a file with more than kMostErrorsShown, how many more there are.
std::string errors_text(const std::vector<Finding>& findings);

}  // namespace authprobe::config
