// blackbox_exporter's blackbox.yml: a module says how to probe, Prometheus's configuration says what.
#pragma once

#include <string>
#include <vector>

#include "exporter/config/document.h"
#include "exporter/import/imported.h"
#include "exporter/import/scrape_config.h"

namespace authprobe::importing {

void read_blackbox(const config::Value& tree, const std::string& file, const std::vector<BlackboxJob>& jobs,
                   Import& into);

}  // namespace authprobe::importing
