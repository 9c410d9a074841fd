// HTTP Archive 1.2, as browsers and proxies write it: http://www.softwareishard.com/blog/har-12-spec/.
#pragma once

#include <string>

#include "exporter/config/document.h"
#include "exporter/import/imported.h"

namespace authprobe::importing {

void read_har(const config::Value& tree, const std::string& file, Import& into);

}  // namespace authprobe::importing
