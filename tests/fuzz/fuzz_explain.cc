// libFuzzer target: what `explain` reads. The first byte chooses between JSON lines and HTTP text.
#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "exporter/commands/explain.h"
#include "exporter/diagnosis/ruleset.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::istringstream in(std::string(reinterpret_cast<const char*>(data) + 1, size - 1));
  std::ostringstream out;
  static const auto kRules = authprobe::diagnosis::built_in_ruleset();
  const int exit_code = authprobe::commands::explain(in, {.jsonl = (data[0] & 1U) != 0}, *kRules, out);
  if (exit_code != 0 && exit_code != 1) std::abort();
  return 0;
}
