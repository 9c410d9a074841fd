// libFuzzer target: each line as a Set-Cookie header. What is sent is one line, and nothing goes to another server.
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/wire/cookies.h"
#include "exporter/wire/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe;
  static const wire::Url kServer("https://www.example.com/a/b?c");
  static const wire::Url kForeign("https://example.org/a/b");
  const WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 2)};
  std::string_view text(reinterpret_cast<const char*>(data), size);
  wire::Headers headers;
  while (!text.empty()) headers.emplace_back("Set-Cookie", wire::take_part(text, '\n'));
  wire::CookieJar jar;
  jar.take(headers, kServer, now);
  if (!jar.line_for(kForeign).empty()) std::abort();
  if (jar.line_for(kServer).find('\n') != std::string::npos) std::abort();
  for (const auto& [name, value] : headers) (void)wire::cookie_end(value, now);
  return 0;
}
