// libFuzzer target: any bytes as a web configuration. Files that it names may be there, or not.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "exporter/web/web_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe;
  static const int kFile = memfd_create("web.yml", MFD_CLOEXEC);
  static const std::string kPath = "/proc/self/fd/" + std::to_string(kFile);
  if (ftruncate(kFile, 0) != 0 || pwrite(kFile, data, size, 0) != static_cast<ssize_t>(size)) std::abort();
  const web::WebConfigResult result = web::read_web_config(kPath);
  for (const config::Finding& finding : result.findings) {
    if (finding.rule.empty() || to_string(finding).find('\n') != std::string::npos) std::abort();
  }
  return 0;
}
