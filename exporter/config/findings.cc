#include "exporter/config/findings.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace authprobe::config {

std::string to_string(const Position& position) {
  return position.file + ':' + std::to_string(position.line) + ':' + std::to_string(position.column);
}

std::string to_string(const Finding& finding) {
  std::string text = to_string(finding.position) + ": ";
  if (finding.severity == Finding::Severity::warning) text += "warning: ";
  if (!finding.key.empty()) text += finding.key + ": ";
  text += finding.rule;
  if (!finding.hint.empty()) text += " (" + finding.hint + ')';
  return text;
}

void Findings::error(Position position, std::string key, std::string rule, std::string hint) {
  findings_.push_back(
      {Finding::Severity::error, std::move(position), std::move(key), std::move(rule), std::move(hint)});
}

void Findings::warning(Position position, std::string key, std::string rule, std::string hint) {
  findings_.push_back(
      {Finding::Severity::warning, std::move(position), std::move(key), std::move(rule), std::move(hint)});
}

std::vector<Finding> Findings::sorted() const {
  std::vector<Finding> sorted = findings_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.position.file, a.position.line, a.position.column, a.key) <
           std::tie(b.position.file, b.position.line, b.position.column, b.key);
  });
  return sorted;
}

}  // namespace authprobe::config
