// The files of the providers that the build put into the binary (embed.cmake writes the definition).
#pragma once

#include <span>
#include <string_view>

namespace authprobe::providers {

struct File {
  std::string_view name;  // of the provider
  std::string_view text;  // TOML
};

// In order of their names.
std::span<const File> embedded();

}  // namespace authprobe::providers
