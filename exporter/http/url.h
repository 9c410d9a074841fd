// URLs as far as a transfer needs them: who is asked, whether two URLs have one origin, and a credential in the query.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace authprobe::http {

// The parts of an http or https URL, as views into it.
struct Url {
  bool https = false;
  std::string_view userinfo;  // "user:password", percent-encoded; empty: none
  std::string_view host;      // without brackets; may carry an IPv6 zone
  bool literal = false;       // an IP address, no name
  bool ipv6 = false;          // a literal in brackets
  std::uint16_t port = 0;     // the scheme's own where the URL has none
  std::string_view rest;      // path, query and fragment
};

// Strict, so that no other parser can read another host out of the same text: nothing where the URL is not http or
// https, has a blank, a control character, a backslash or more than one '@' before its path, or its port is no port.
std::optional<Url> parse_url(std::string_view text);

// Scheme, host and port are the same.
bool same_origin(const Url& a, const Url& b);

// "https://host:port", for messages: neither user info nor path nor query.
std::string origin_text(const Url& url);

// The URL that a Location header means, seen from `base`, without user info and fragment. Empty where it is not a URL.
std::string redirect_url(const std::string& base, const std::string& location);

// `url` with "name=value" (percent-encoded) added to its query.
std::string with_query(std::string_view url, const std::pair<std::string, std::string>& parameter);

// `url` without the query parameters called `name` (percent-encoded forms of the name included).
std::string without_query(std::string_view url, std::string_view name);

bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace authprobe::http
