// libFuzzer target: any bytes as a list of targets, JSON or YAML by the first byte. What is read keeps to the bounds,
// and a refusal has a reason.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/config/target_list.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe::config;
  if (size == 0) return 0;
  const std::string file = data[0] % 2 == 0 ? "list.json" : "list.yml";
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  Findings findings;
  const auto groups = read_target_list(text, file, findings);
  if (groups.has_value() == (findings.size() > 0)) std::abort();
  for (const Finding& finding : findings.sorted()) {
    if (finding.rule.empty() || to_string(finding).find('\n') != std::string::npos) std::abort();
  }
  std::size_t addresses = 0;
  for (const ListedGroup& group : groups.value_or(std::vector<ListedGroup>())) {
    addresses += group.addresses.size();
    if (group.labels.size() > kMostListLabels) std::abort();
    for (const auto& [name, value] : group.labels) {
      if (!is_label_name(name) || value.empty() || value.size() > kLongestListLabel) std::abort();
    }
  }
  if (addresses > kMostListed) std::abort();
  return 0;
}
