// What a client says it can take.
#pragma once

#include <string_view>

namespace authprobe::web {

// True where an `Accept-Encoding` header (RFC 9110 12.5.3) allows gzip: named, or covered by `*`, with a weight above
// zero. An absent or empty header does not: the plain text is what every client can read.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace authprobe::web
