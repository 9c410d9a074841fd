// Which hosts are of one site: by the public suffix list (https://publicsuffix.org), as libpsl reads it.
#pragma once

#include <string>
#include <string_view>

namespace authprobe::config {

// The domain that somebody registered: "example.co.uk" of "api.example.co.uk". The host itself if it is an address, or
// has no such domain.
std::string site_of(std::string_view host);

// Anybody may register a name below it: "com", "co.uk", "github.io".
bool is_public_suffix(std::string_view domain);

}  // namespace authprobe::config
