#include "exporter/diagnosis/telling_headers.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "exporter/diagnosis/evidence.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::array<std::string_view, 15> kTelling{"WWW-Authenticate",
                                                    "Proxy-Authenticate",
                                                    "Date",
                                                    "Retry-After",
                                                    "Content-Type",
                                                    "Location",
                                                    "Server",
                                                    "Via",
                                                    "X-Served-By",
                                                    "X-RateLimit-Remaining",
                                                    "RateLimit",
                                                    "RateLimit-Policy",
                                                    "X-OAuth-Scopes",
                                                    "X-Accepted-OAuth-Scopes",
                                                    "GitHub-Authentication-Token-Expiration"};

// Ids are no secrets, though they look like some: the server's log is searched by them.
constexpr std::array<std::string_view, 14> kIds{
    "X-Request-Id", "Request-Id",          "X-Correlation-Id",  "Correlation-Id",       "X-Trace-Id",
    "CF-Ray",       "X-Amzn-RequestId",    "X-Amz-Request-Id",  "X-Amz-Cf-Id",          "X-Ms-Request-Id",
    "X-Azure-Ref",  "X-GitHub-Request-Id", "X-Kong-Request-Id", "X-Cloud-Trace-Context"};

template <typename Names>
bool has_name(const Names& names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view one) { return wire::equal_ignoring_case(one, name); });
}

std::string id_text(std::string_view value) {
  constexpr std::size_t kMost = 128;
  std::string text;
  for (const char c : value.substr(0, kMost)) text += c >= ' ' && c < 0x7f ? c : '?';
  return text;
}

}  // namespace

wire::Headers telling_headers(const wire::Headers& headers) {
  wire::Headers telling;
  for (const auto& [name, value] : headers) {
    if (has_name(kTelling, name)) telling.emplace_back(name, redact(value));
    if (has_name(kIds, name)) telling.emplace_back(name, id_text(value));
  }
  return telling;
}

}  // namespace authprobe::diagnosis
