#include "exporter/credential/signed_url.h"

#include <strings.h>

#include <charconv>
#include <string>

#include "exporter/credential/timestamp.h"

namespace authprobe::credential {
namespace {

int hex(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
    decoded += escape ? static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return decoded;
}

// The value of a query parameter, whose name compares without case.
std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::size_t equals = pair.find('=');
    if (equals == name.size() && strncasecmp(pair.data(), name.data(), name.size()) == 0) {
      return percent_decoded(pair.substr(equals + 1));
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<SignedTimes> read_signed_url(std::string_view text) {
  if (text.find('=') == std::string_view::npos) return std::nullopt;
  const std::size_t mark = text.find('?');
  std::string_view query = mark == std::string_view::npos ? text : text.substr(mark + 1);
  query = query.substr(0, query.find('#'));
  const auto time = [&](std::string_view name) -> std::optional<WallTime> {
    const auto value = parameter(query, name);
    const auto read = value ? read_timestamp(*value, WallTime{}) : std::nullopt;
    return read && !read->never ? std::optional(read->at) : std::nullopt;
  };
  if (parameter(query, "sig")) {
    if (const auto end = time("se")) return SignedTimes{time("st"), *end};
  }
  const auto signed_at = time("X-Amz-Date");
  const auto seconds = parameter(query, "X-Amz-Expires");
  if (!signed_at || !seconds) return std::nullopt;
  constexpr int kLongest = 604'800;  // AWS signs for a week at most
  int length = 0;
  const auto [end, error] = std::from_chars(seconds->data(), seconds->data() + seconds->size(), length);
  if (error != std::errc{} || end != seconds->data() + seconds->size() || length < 1 || length > kLongest) {
    return std::nullopt;
  }
  return SignedTimes{signed_at, *signed_at + std::chrono::seconds(length)};
}

}  // namespace authprobe::credential
