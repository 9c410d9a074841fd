#include "exporter/diagnosis/reference.h"

#include <algorithm>
#include <cctype>

#include "exporter/diagnosis/embedded.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::string_view kHeading = "### ";

}  // namespace

std::string_view reference_section(std::string_view topic) {
  std::string_view rest = embedded_reference();
  std::string_view found;
  bool inside = false;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (line.starts_with(kHeading)) {
      if (inside) break;
      inside = line.substr(kHeading.size()) == topic;
      if (inside) found = rest.substr(std::min(rest.size(), line.size() + 1));
    }
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
  }
  if (!inside) return {};
  return rest.empty() ? found : found.substr(0, static_cast<std::size_t>(rest.data() - found.data()));
}

std::string reference_topics() {
  std::string all;
  std::string_view rest = embedded_reference();
  while (!rest.empty()) {
    const std::string_view line = wire::take_part(rest, '\n');
    if (line.starts_with(kHeading)) all += (all.empty() ? "" : ", ") + std::string(line.substr(kHeading.size()));
  }
  return all;
}

std::vector<std::string> steps_for(int status) {
  std::vector<std::string> steps;
  std::string_view rest = reference_section(std::to_string(status));
  bool in_step = false;
  while (!rest.empty()) {
    const std::string_view line = wire::take_part(rest, '\n');
    const bool begins = line.size() > 3 && std::isdigit(static_cast<unsigned char>(line[0])) != 0 && line[1] == '.';
    if (begins) {
      steps.emplace_back(line.substr(3));
    } else if (in_step && !line.empty()) {
      steps.back() += ' ' + std::string(line);
    }
    in_step = begins || (in_step && !line.empty());
  }
  return steps;
}

}  // namespace authprobe::diagnosis
