// Prometheus's relabel_configs: rules that rewrite the labels of a listed target, or leave it out.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"

namespace re2 {
class RE2;
}

namespace authprobe::config {

using LabelSet = std::map<std::string, std::string, std::less<>>;  // a label without a value is not there

std::string_view label_value(const LabelSet& labels, std::string_view name);  // empty where there is none

class Relabelling {
 public:
  // The rules are those of a loaded configuration: their patterns are known to be good.
  explicit Relabelling(const std::vector<RelabelRule>& rules);
  ~Relabelling();
  Relabelling(const Relabelling&) = delete;
  Relabelling& operator=(const Relabelling&) = delete;

  // False: the target is left out.
  bool apply(LabelSet& labels) const;

 private:
  struct Step;
  std::vector<Step> steps_;
};

// `text` with $1, ${1} and ${name} replaced by groups of the match, as Go's regexp.Expand does.
std::string expanded(std::string_view text, const re2::RE2& pattern, const std::vector<std::string_view>& groups);

}  // namespace authprobe::config
