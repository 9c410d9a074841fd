// The cookie that an answer leaves behind, as a browser would keep it (RFC 6265, section 5.3). Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "exporter/wire/headers.h"
#include "exporter/wire/time.h"
#include "exporter/wire/url.h"

namespace authprobe::credential {

struct KeptCookie {
  std::string value;
  std::optional<WallTime> end;  // none: it lives as long as the session
};

// The cookie called `name` after all Set-Cookie headers of an answer from `url`: a later one replaces an earlier one of
// the same domain and path, and one that has ended removes it. Of several that stay, the last one.
std::optional<KeptCookie> kept_cookie(std::span<const wire::Header> headers, std::string_view name,
                                      const wire::Url& url, WallTime now);

}  // namespace authprobe::credential
