#include "exporter/config/findings.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

namespace authprobe::config {
namespace {

// The number of letters to add, drop or replace (Levenshtein); swapping two neighbours counts as one step.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_previous(b.size() + 1);
  std::vector<std::size_t> previous(b.size() + 1);
  std::vector<std::size_t> current(b.size() + 1);
  std::iota(previous.begin(), previous.end(), 0);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before_previous[j - 2] + 1);
      }
    }
    std::swap(before_previous, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

// The name that was probably meant; empty: none.
std::string_view nearest(std::string_view written, const std::vector<std::string_view>& names) {
  constexpr std::size_t kLongestWritten = 128;
  if (written.size() > kLongestWritten) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, written.size() / 3) + 1;
  for (const std::string_view name : names) {
    const std::size_t steps = distance(written, name);
    if (steps < best_distance) best = name, best_distance = steps;
  }
  return best;
}

}  // namespace

std::string to_string(const Position& position) {
  return position.file + ':' + std::to_string(position.line) + ':' + std::to_string(position.column);
}

std::string to_string(const Finding& finding) {
  std::string text = to_string(finding.position) + ": ";
  if (finding.severity == Finding::Severity::warning) text += "warning: ";
  if (!finding.key.empty()) text += finding.key + ": ";
  text += finding.rule;
  if (!finding.hint.empty()) text += " (" + finding.hint + ')';
  // One line, and nothing that a terminal obeys: what yaml-cpp says of a text has its characters.
  std::ranges::replace_if(
      text, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

std::size_t count_errors(const std::vector<Finding>& findings) {
  return static_cast<std::size_t>(std::ranges::count(findings, Finding::Severity::error, &Finding::severity));
}

void Findings::error(Position position, std::string key, std::string rule, std::string hint) {
  findings_.push_back(
      {Finding::Severity::error, std::move(position), std::move(key), std::move(rule), std::move(hint)});
}

void Findings::taken(Position position, std::string key, const Position& first) {
  error(std::move(position), std::move(key), "already defined at " + to_string(first));
  findings_.back().other = first.file;
}

void Findings::warning(Position position, std::string key, std::string rule, std::string hint) {
  findings_.push_back(
      {Finding::Severity::warning, std::move(position), std::move(key), std::move(rule), std::move(hint)});
}

void Findings::question(std::string_view item, Position position, std::string key, std::string rule, std::string hint) {
  warning(std::move(position), std::move(key), std::move(rule), std::move(hint));
  findings_.back().item = item;
}

std::vector<Finding> Findings::sorted() const {
  std::vector<Finding> sorted = findings_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.position.file, a.position.line, a.position.column, a.key) <
           std::tie(b.position.file, b.position.line, b.position.column, b.key);
  });
  return sorted;
}

std::string did_you_mean(std::string_view written, const std::vector<std::string_view>& names) {
  const std::string_view name = nearest(written, names);
  return name.empty() ? "" : "did you mean \"" + std::string(name) + "\"?";
}

}  // namespace authprobe::config
