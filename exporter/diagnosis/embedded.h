// The rule files that the build put into the binary (embed.cmake and embed_reference.cmake write the definitions).
#pragma once

#include <string_view>
#include <vector>

namespace authprobe::diagnosis {

std::vector<std::string_view> embedded_wording();
std::string_view embedded_phrases();  // wording/phrases.toml
std::vector<std::string_view> embedded_signatures();
std::string_view embedded_reference();  // the sections of docs/quick-reference.md and docs/causes.md

}  // namespace authprobe::diagnosis
