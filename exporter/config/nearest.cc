#include "exporter/config/nearest.h"

#include <algorithm>
#include <numeric>

namespace authprobe::config {
namespace {

// How many letters must be added, dropped or replaced (Levenshtein), where swapping two neighbours counts as one step.
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

}  // namespace

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

std::string did_you_mean(std::string_view written, const std::vector<std::string_view>& names) {
  const std::string_view name = nearest(written, names);
  return name.empty() ? "" : "did you mean \"" + std::string(name) + "\"?";
}

}  // namespace authprobe::config
