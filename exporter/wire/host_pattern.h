// A text that means hosts: "api.example.com", "*.example.com" (any name below, not example.com itself), or an address;
// each may have a port.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exporter/wire/url.h"

namespace authprobe::wire {

// What is wrong with such a text; empty: nothing.
std::string host_pattern_problem(std::string_view text);

// The pattern without its "*." as a URL; nothing where it is no pattern.
std::optional<Url> host_of_pattern(std::string_view pattern);

// The URL's host is meant. Without a port in the pattern, any port is.
bool is_host_of(std::string_view pattern, const Url& url);

}  // namespace authprobe::wire
