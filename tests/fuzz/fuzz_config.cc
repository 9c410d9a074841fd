// libFuzzer target: any bytes as a configuration. What is accepted has to survive being shown and read again.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/config/load.h"
#include "exporter/config/redacted_toml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe::config;
  const LoadResult result = parse({reinterpret_cast<const char*>(data), size}, "/nonexistent/fuzz.toml");
  for (const Finding& finding : result.findings) {
    if (finding.rule.empty() || to_string(finding).find('\n') != std::string::npos) std::abort();
  }
  if (result.ok() && !parse(redacted_toml(result.config), "/nonexistent/fuzz.toml").ok()) std::abort();
  return 0;
}
