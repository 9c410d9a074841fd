// libFuzzer target: each line as a header that tells of a budget or of a wait. A wait is bounded, whatever it says.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/prober/rate_limit.h"
#include "exporter/wire/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe;
  const WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 2)};
  std::string_view text(reinterpret_cast<const char*>(data), size);
  wire::Headers headers;
  while (!text.empty()) {
    std::string_view line = wire::take_part(text, '\n');
    const std::string name(wire::take_part(line, ':'));
    headers.emplace_back(name, line);
  }
  (void)prober::read_rate_limit(headers, now);
  const auto wait = prober::read_retry_after(headers, now);
  if (wait && (wait->count() < 0 || *wait > std::chrono::hours(24))) std::abort();
  const auto backoff = prober::backoff(wait, 1, std::chrono::seconds(15));
  if (backoff < std::chrono::seconds(15) || backoff > std::chrono::hours(1)) std::abort();
  return 0;
}
