// Cookies as a browser keeps them (RFC 6265, sections 5.2 to 5.4).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/wire/headers.h"
#include "exporter/wire/time.h"
#include "exporter/wire/url.h"

namespace authprobe::wire {

struct Cookie {
  std::string name;
  std::string value;
  std::string domain;  // lower case, without a dot in front
  std::string path;
  bool secure = false;
  std::optional<WallTime> end;  // none: it lives as long as the session
};

// When a cookie ends, out of a Set-Cookie header's attributes: Max-Age wins over Expires (RFC 6265, section 5.3).
// Nothing for a session's cookie.
std::optional<WallTime> cookie_end(std::string_view set_cookie, WallTime now);

class CookieJar {
 public:
  // The Set-Cookie headers of an answer from `url`, in order: a later one replaces an earlier one of the same name,
  // domain and path, and one that has ended removes it. One for another server is ignored.
  void take(std::span<const Header> headers, const Url& url, WallTime now);

  // Of that name, the one for most of the server's paths, and of those the one that was set last; null where none
  // stays.
  const Cookie* find(std::string_view name) const;

  // One of that name that was ignored, since its domain is another server's; null: none was.
  const Cookie* find_foreign(std::string_view name) const;

  // "a=1; b=2": what is sent to `url`, without the names that stand in `own`, a Cookie header's value. Empty: nothing.
  std::string line_for(const Url& url, std::string_view own = {}) const;

  bool empty() const { return cookies_.empty(); }
  void clear() {
    cookies_.clear();
    foreign_.clear();
  }

 private:
  std::vector<Cookie> cookies_;  // in the order in which they were set
  std::vector<Cookie> foreign_;  // of other servers, likewise
};

}  // namespace authprobe::wire
