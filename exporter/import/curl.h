// curl command lines, as documentation and browsers ("Copy as cURL") write them: curl(1) has the options.
#pragma once

#include <string>
#include <string_view>

#include "exporter/import/imported.h"

namespace authprobe::importing {

// A text of one or more commands; those that do not begin with "curl" are skipped.
void read_curl(std::string_view text, const std::string& file, Import& into);

}  // namespace authprobe::importing
