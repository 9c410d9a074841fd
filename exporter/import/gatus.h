// Gatus's config.yaml: TwiN/gatus, README.
#pragma once

#include <string>

#include "exporter/config/document.h"
#include "exporter/import/imported.h"

namespace authprobe::importing {

void read_gatus(const config::Value& tree, const std::string& file, Import& into);

}  // namespace authprobe::importing
