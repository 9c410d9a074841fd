#pragma once

#include <string>
#include <string_view>

namespace authprobe::config {

// `text` as a string in quotes that both TOML (a basic string) and JSON read.
std::string quoted(std::string_view text);

}  // namespace authprobe::config
