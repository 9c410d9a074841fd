// The rule files that the build put into the binary (embed.cmake writes the definitions).
#pragma once

#include <string_view>
#include <vector>

namespace authprobe::diagnosis {

std::vector<std::string_view> embedded_wording();
std::vector<std::string_view> embedded_signatures();

}  // namespace authprobe::diagnosis
