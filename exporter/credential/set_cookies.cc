#include "exporter/credential/set_cookies.h"

#include <algorithm>
#include <vector>

#include "exporter/credential/credential_metadata.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

struct Place {
  std::string domain;
  std::string path;
  bool operator==(const Place&) const = default;
};

struct Stored {
  Place place;
  KeptCookie cookie;
};

std::string_view take_part(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(text.size(), part.size() + 1));
  return wire::trimmed(part);
}

// RFC 6265, section 5.1.4.
std::string default_path(const wire::Url& url) {
  const std::string_view path = url.path();
  const auto last = path.rfind('/');
  return last == std::string_view::npos || last == 0 ? "/" : std::string(path.substr(0, last));
}

Place place_of(std::string_view attributes, const wire::Url& url) {
  Place place{wire::lowered(url.host()), default_path(url)};
  while (!attributes.empty()) {
    std::string_view value = take_part(attributes, ';');
    const std::string_view name = take_part(value, '=');
    if (wire::equal_ignoring_case(name, "Path") && value.starts_with('/')) place.path = value;
    if (wire::equal_ignoring_case(name, "Domain") && !value.empty()) {
      place.domain = wire::lowered(value.starts_with('.') ? value.substr(1) : value);
    }
  }
  return place;
}

}  // namespace

std::optional<KeptCookie> kept_cookie(std::span<const wire::Header> headers, std::string_view name,
                                      const wire::Url& url, WallTime now) {
  std::vector<Stored> jar;
  for (const auto& [header, text] : headers) {
    if (!wire::equal_ignoring_case(header, "Set-Cookie")) continue;
    std::string_view attributes = text;
    std::string_view value = take_part(attributes, ';');
    if (take_part(value, '=') != name) continue;
    Stored stored{place_of(attributes, url), {std::string(wire::trimmed(value)), cookie_end(text, now)}};
    std::erase_if(jar, [&](const Stored& old) { return old.place == stored.place; });
    if (!stored.cookie.end || *stored.cookie.end > now) jar.push_back(std::move(stored));
  }
  if (jar.empty()) return std::nullopt;
  return std::move(jar.back().cookie);
}

}  // namespace authprobe::credential
