// File descriptors: each probe in flight has one, and so has each client. A process that has none left would take its
// own shortage for an outage of its targets.
#pragma once

#include <string>

#include "exporter/config/config.h"

namespace authprobe::commands {

// As many as this process may have.
void raise_descriptor_limit();

// Lowers `max_in_flight` to what the descriptors suffice for: due probes then wait for their turn.
void keep_to_descriptors(config::Config& config);

// What is short, for the log; empty where the descriptors suffice for all targets at once, or for as many as the
// configuration allows.
std::string descriptor_shortage(const config::Config& config);

}  // namespace authprobe::commands
