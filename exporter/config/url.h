// What the configuration has to know about URLs: whether one is usable, and how to show it without its secrets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace authprobe::config {

struct Url {
  std::string scheme;  // lower case
  std::string host;    // without the brackets of an IPv6 address
  int port = 0;        // 0: the scheme's own
  std::string path;    // with its leading slash; may be empty
  std::string query;   // without the question mark
};

// What is wrong with a URL, and what to do.
struct UrlProblem {
  std::string rule;
  std::string hint;
};

// Reads an absolute URL without user info and fragment. Nothing where it is not one: `problem` says why, without any
// part of it.
std::optional<Url> parse_url(std::string_view text, UrlProblem& problem);

// True for localhost, names below it, and loopback addresses.
bool is_loopback(std::string_view host);

bool is_ip_address(std::string_view text);

// `url` with "<redacted>" for the value of each query parameter.
std::string without_query_values(std::string_view url);

}  // namespace authprobe::config
