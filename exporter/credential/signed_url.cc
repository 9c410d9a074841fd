#include "exporter/credential/signed_url.h"

#include <charconv>
#include <string>

#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::credential {
namespace {

// The value of a query parameter, whose name compares without case.
std::optional<std::string> parameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const wire::Parameter parameter = wire::take_parameter(query);
    if (wire::equal_ignoring_case(parameter.name, name) && parameter.value) {
      return wire::percent_decoded(*parameter.value);
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
    const auto read = value ? wire::read_timestamp(*value, WallTime{}) : std::nullopt;
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
