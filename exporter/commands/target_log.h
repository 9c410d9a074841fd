// What the log says of targets: changes, not probes; the metrics count the rest.
#pragma once

#include "exporter/commands/log.h"
#include "exporter/config/config.h"
#include "exporter/prober/probe_record.h"

namespace authprobe::commands {

// A line where the target's state or status class has changed.
void log_record(Log& log, const config::Target& target, const prober::ProbeRecord& record);

void log_update(Log& log, const config::Target& target, const prober::DiagnosisUpdate& update);

}  // namespace authprobe::commands
