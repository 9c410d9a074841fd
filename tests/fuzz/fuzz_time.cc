// libFuzzer target: any text as a time. What is read lies on our clock, and is the same when it is written and read
// again.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/wire/time.h"
#include "exporter/wire/wall_time.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 2)};
  if (const auto date = wire::read_http_date(text); date && *date > wire::kEndOfClock) std::abort();
  for (const auto format : {wire::TimeFormat::automatic, wire::TimeFormat::unix_seconds,
                            wire::TimeFormat::unix_milliseconds, wire::TimeFormat::seconds}) {
    const auto moment = wire::read_timestamp(text, now, format);
    if (!moment || moment->never) continue;
    if (moment->at < WallTime{} || moment->at > wire::kEndOfClock) std::abort();
    const auto again = wire::read_timestamp(wire::rfc3339(moment->at), now);
    if (!again || again->never || again->at != std::chrono::floor<std::chrono::seconds>(moment->at)) std::abort();
  }
  return 0;
}
