// A configuration for commands with one target.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "exporter/config/config.h"

namespace authprobe::commands {

// Whether an authorization server is asked about the target's token.
enum class Introspection { dropped, kept };

// Leaves `target` with its credential and the one that is to follow it, and nothing that asks anybody about them, but
// for introspection where it is kept. False where there is no such target.
bool keep_only_target(const std::string& target, Introspection introspection, config::Config& config);

// Reads `file` and narrows it to `target`; nullopt where that cannot be, said on `err`.
std::optional<config::Config> load_single_target(const std::string& file, const std::string& target,
                                                 Introspection introspection, std::ostream& err);

}  // namespace authprobe::commands
