// Writes what a credential's table says about its end.
#pragma once

#include "exporter/config/expiry.h"
#include "exporter/config/table_writer.h"

namespace authprobe::config {

void write_expiry(const ExpiryRules& rules, TableWriter& table);

}  // namespace authprobe::config
