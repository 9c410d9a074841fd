// Whether an address is of a network that only its own members reach.
#pragma once

#include <string_view>

namespace authprobe::http {

// `address`: "192.0.2.1", "2001:db8::1", also in brackets or with a zone. Loopback, link-local (where clouds keep
// instance metadata), private and shared ranges, and the same inside IPv6 (IANA's special-purpose registries, RFC
// 6890).
bool is_private(std::string_view address);

}  // namespace authprobe::http
