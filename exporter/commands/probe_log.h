// What a probe on demand did, step by step, for people: /probe?target=NAME&debug=true.
#pragma once

#include <string>

#include "exporter/config/config.h"
#include "exporter/prober/probe_record.h"

namespace authprobe::commands {

// Plain text in the blackbox exporter's three parts: the log, the metrics, the configuration. Without secrets.
std::string probe_log(const config::Target& target, const prober::ProbeRecord& record);

}  // namespace authprobe::commands
