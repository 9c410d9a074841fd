// Checks that a pattern is RE2, each distinct one once: ten thousand targets often share a few.
#pragma once

#include <map>
#include <string>

namespace authprobe::config {

class PatternCheck {
 public:
  // What is wrong with `pattern`; empty: nothing.
  const std::string& problem(const std::string& pattern);

 private:
  std::map<std::string, std::string> problems_;
};

}  // namespace authprobe::config
