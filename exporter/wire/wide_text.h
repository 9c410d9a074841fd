// Text that a server sends in characters of two or four bytes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace authprobe::wire {

// The text as UTF-8 if a byte order mark, the `charset` of a Content-Type or, of JSON, its first two characters say
// that it is UTF-16, or if a byte order mark says that it is UTF-32; nothing otherwise. "utf-16" alone leaves the order
// of the bytes open: it is taken from the first character, which is ASCII in JSON, XML and HTML. What is no character
// becomes U+FFFD, and an incomplete one at the end is left out.
std::optional<std::string> utf8_of_wide_text(std::string_view body, std::string_view content_type);

}  // namespace authprobe::wire
