#include "exporter/wire/cookies.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "exporter/wire/text.h"
#include "exporter/wire/wall_time.h"

namespace authprobe::wire {
namespace {

constexpr std::size_t kMostCookies = 50;  // of one server: RFC 6265, section 6.1

// RFC 6265, section 5.1.4.
std::string default_path(const Url& url) {
  const std::string_view path = url.path();
  const auto last = path.rfind('/');
  return last == std::string_view::npos || last == 0 ? "/" : std::string(path.substr(0, last));
}

Cookie read_cookie(std::string_view text, const Url& url, WallTime now) {
  Cookie cookie;
  cookie.domain = lowered(url.host());
  cookie.path = default_path(url);
  cookie.end = cookie_end(text, now);
  std::string_view attributes = text;
  std::string_view value = take_part(attributes, ';');
  cookie.name = take_part(value, '=');
  cookie.value = trimmed(value);
  while (!attributes.empty()) {
    std::string_view said = take_part(attributes, ';');
    const std::string_view name = take_part(said, '=');
    if (equal_ignoring_case(name, "Secure")) cookie.secure = true;
    if (equal_ignoring_case(name, "Path") && said.starts_with('/')) cookie.path = said;
    if (equal_ignoring_case(name, "Domain") && !said.empty()) {
      cookie.domain = lowered(said.starts_with('.') ? said.substr(1) : said);
    }
  }
  return cookie;
}

// RFC 6265, section 5.1.3.
bool domain_matches(const std::string& host, const std::string& domain) {
  return host == domain || (host.ends_with('.' + domain) && !is_ip_address(host));
}

// RFC 6265, section 5.1.4.
bool path_matches(std::string_view path, std::string_view cookie_path) {
  if (path.empty()) path = "/";
  if (!path.starts_with(cookie_path)) return false;
  return path.size() == cookie_path.size() || cookie_path.ends_with('/') || path[cookie_path.size()] == '/';
}

bool names(std::string_view line, std::string_view name) {
  while (!line.empty()) {
    std::string_view pair = take_part(line, ';');
    if (take_part(pair, '=') == name) return true;
  }
  return false;
}

}  // namespace

std::optional<WallTime> cookie_end(std::string_view set_cookie, WallTime now) {
  std::optional<WallTime> expires;
  take_part(set_cookie, ';');
  while (!set_cookie.empty()) {
    std::string_view value = take_part(set_cookie, ';');
    const std::string_view name = take_part(value, '=');
    if (equal_ignoring_case(name, "Max-Age")) {
      constexpr std::int64_t kLongest = 10'000LL * 366 * 86400;
      std::int64_t seconds = 0;
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
      if (error == std::errc{} && end == value.data() + value.size()) {
        const auto whole = std::chrono::floor<std::chrono::seconds>(now);
        return wall_time(whole + std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kLongest)));
      }
    } else if (equal_ignoring_case(name, "Expires")) {
      const auto moment = read_timestamp(value, now);
      if (moment && !moment->never) expires = moment->at;
    }
  }
  return expires;
}

void CookieJar::take(std::span<const Header> headers, const Url& url, WallTime now) {
  const std::string host = lowered(url.host());
  for (const auto& [header, text] : headers) {
    if (!equal_ignoring_case(header, "Set-Cookie")) continue;
    Cookie cookie = read_cookie(text, url, now);
    if (!domain_matches(host, cookie.domain)) {  // of another server: RFC 6265, section 5.3, step 6
      if (foreign_.size() < kMostCookies) foreign_.push_back(std::move(cookie));
      continue;
    }
    std::erase_if(cookies_, [&](const Cookie& old) {
      return old.name == cookie.name && old.domain == cookie.domain && old.path == cookie.path;
    });
    const bool stays = !cookie.end || *cookie.end > now;
    if (stays && cookies_.size() < kMostCookies) cookies_.push_back(std::move(cookie));
  }
}

const Cookie* CookieJar::find(std::string_view name) const {
  const Cookie* found = nullptr;
  for (const Cookie& cookie : cookies_) {
    if (cookie.name == name && (found == nullptr || cookie.path.size() <= found->path.size())) found = &cookie;
  }
  return found;
}

const Cookie* CookieJar::find_foreign(std::string_view name) const {
  const auto found = std::ranges::find(foreign_, name, &Cookie::name);
  return found == foreign_.end() ? nullptr : &*found;
}

std::string CookieJar::line_for(const Url& url, std::string_view own) const {
  const std::string host = lowered(url.host());
  std::string line;
  for (const Cookie& cookie : cookies_) {
    if (cookie.secure && !url.https()) continue;
    if (!domain_matches(host, cookie.domain) || !path_matches(url.path(), cookie.path)) continue;
    if (names(own, cookie.name)) continue;
    line.append(line.empty() ? "" : "; ").append(cookie.name).append("=").append(cookie.value);
  }
  return line;
}

}  // namespace authprobe::wire
