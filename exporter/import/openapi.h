// OpenAPI 3.0 and 3.1: each GET with `security` becomes a pair of targets, one that the credential lets in, and one
// that is refused without it.
#pragma once

#include <string>

#include "exporter/config/document.h"
#include "exporter/import/imported.h"

namespace authprobe::importing {

void read_openapi(const config::Value& tree, const std::string& file, Import& into);

}  // namespace authprobe::importing
