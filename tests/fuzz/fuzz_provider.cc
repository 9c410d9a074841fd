// libFuzzer target: any bytes as a provider's file. Each of its errors has a place and a rule, on one line.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/config/provider.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe::config;
  Findings findings;
  Patterns patterns;
  read_provider("fuzz", {reinterpret_cast<const char*>(data), size}, "/nonexistent/fuzz.toml", findings, patterns);
  for (const Finding& finding : findings.sorted()) {
    if (finding.rule.empty() || to_string(finding).find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
