#include "exporter/config/pattern.h"

#include <re2/re2.h>

#include <algorithm>

namespace authprobe::config {

const std::string& PatternCheck::problem(const std::string& pattern) {
  const auto [known, is_new] = problems_.try_emplace(pattern);
  if (is_new) {
    const re2::RE2 compiled(pattern, re2::RE2::Quiet);
    if (!compiled.ok()) {
      known->second = compiled.error();
      // The error quotes the pattern, which may hold anything.
      std::replace_if(
          known->second.begin(), known->second.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
    }
  }
  return known->second;
}

}  // namespace authprobe::config
