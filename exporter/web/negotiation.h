// The encodings that a client accepts.
#pragma once

#include <string_view>

namespace authprobe::web {

// True if an `Accept-Encoding` header (RFC 9110 12.5.3) allows gzip: named, or covered by `*`, with a weight above
// zero. An absent or empty header does not: every client can read plain text.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace authprobe::web
