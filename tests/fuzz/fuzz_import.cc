// libFuzzer target: any bytes as a file to import, with a second file behind a NUL. What is carried loads, and what is
// not has a reason, on one line.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/config/load.h"
#include "exporter/import/configuration.h"
#include "exporter/import/import.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<importing::SourceFile> files{{"/nonexistent/a", text.substr(0, text.find('\0'))}};
  if (files[0].text.size() < size) files.push_back({"/nonexistent/b", text.substr(files[0].text.size() + 1)});
  importing::Import import;
  import.options.writes = true;
  import.options.interval = "1m";
  config::Findings findings;
  importing::read_sources(files, import, findings);
  if (findings.size() > 0 && !import.requests.empty()) std::abort();
  const importing::Configuration made = importing::configuration_of(import, "/nonexistent/c.toml", "secrets");
  if (!made.ok || !config::parse(made.text, "/nonexistent/c.toml").ok()) std::abort();
  for (const importing::LeftOut& one : import.left_out) {
    if (one.why.empty() || (one.what + one.why).find_first_of("\n\x1b") != std::string::npos) std::abort();
  }
  for (const auto& secret : made.secrets) {
    if (secret.path.find("..") != std::string::npos || secret.path.find('/') != 7) std::abort();
  }
  return 0;
}
