// Uptime Kuma's export (Settings, Backup, or the API's list of monitors): louislam/uptime-kuma,
// server/model/monitor.js.
#pragma once

#include <string>

#include "exporter/config/document.h"
#include "exporter/import/imported.h"

namespace authprobe::importing {

void read_uptime_kuma(const config::Value& tree, const std::string& file, Import& into);

}  // namespace authprobe::importing
