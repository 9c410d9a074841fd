// Collects what is wrong in the files, so that all of it is reported at once.
#pragma once

#include <string>
#include <vector>

#include "exporter/config/load.h"

namespace authprobe::config {

// "file:line:col", the way findings name places.
std::string to_string(const Position& position);

class Findings {
 public:
  void error(Position position, std::string key, std::string rule, std::string hint = "");
  void warning(Position position, std::string key, std::string rule, std::string hint = "");

  // All of them in order of file, line and column.
  std::vector<Finding> sorted() const;

 private:
  std::vector<Finding> findings_;
};

}  // namespace authprobe::config
