// The files under assets/, as the build put them into the binary.
#pragma once

#include <string_view>

namespace authprobe::web::assets {

std::string_view style();    // page.css
std::string_view script();   // page.js
std::string_view openapi();  // openapi.json

}  // namespace authprobe::web::assets
