// The credential that a URL carries.
#pragma once

#include <span>
#include <string_view>

#include "exporter/wire/authorization.h"
#include "exporter/wire/headers.h"

namespace authprobe::wire {

// What a URL, or a path with its query, carries in a parameter that has the name of a secret: "?api_key=",
// "?access_token=" (RFC 6750, 2.3), "?X-Amz-Signature=", ";jsessionid=" in the path.
SentCredential sent_by_url(std::string_view url);
// The headers' credential; where there is none, the URL's.
SentCredential sent_by(std::span<const Header> headers, std::string_view url);

}  // namespace authprobe::wire
