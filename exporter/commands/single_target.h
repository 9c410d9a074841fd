// A configuration for commands with one target.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "exporter/config/config.h"

namespace authprobe::commands {

// Whether the servers that know of the target's credential are asked about it: introspection, its expiry lookup, and
// the lists that may have it.
enum class Questions { left_out, asked };

// Leaves `target` with its credential and the one that is to follow it, and nothing that asks anybody about them, but
// for questions about its own credential where they are asked. False where there is no such target.
bool keep_only_target(const std::string& target, Questions questions, config::Config& config);

// Reads `file` and narrows it to `target`; nullopt where that cannot be, said on `err`.
std::optional<config::Config> load_single_target(const std::string& file, const std::string& target,
                                                 Questions questions, std::ostream& err);

}  // namespace authprobe::commands
