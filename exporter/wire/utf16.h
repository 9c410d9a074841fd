// Text that a server sends as UTF-16.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace authprobe::wire {

// A body as UTF-8, where its byte order mark or the charset of its content type says that it is UTF-16; nothing
// otherwise. "utf-16" alone leaves the order of the bytes open: it is taken from the first character, which is ASCII in
// JSON, XML and HTML. What is no UTF-16 becomes U+FFFD.
std::optional<std::string> utf8_of_utf16(std::string_view body, std::string_view content_type);

}  // namespace authprobe::wire
