// Flags of the commands that have many, and what commands share on the command line.
#pragma once

#include <functional>
#include <string>

#include "exporter/commands/add.h"
#include "exporter/commands/commands.h"
#include "exporter/commands/import.h"

namespace CLI {
class App;
}

namespace authprobe::commands {

// A command that has been chosen; its exit code is the program's.
using Chosen = std::function<int()>;

// The configuration of a command, which may also stand in front of the command.
void add_config_file(CLI::App& command, std::string& file);
// Throws CLI::RequiredError without one.
void require_config_file(std::string& file, const std::string& in_front);

// What is passed has to live until the command line has been read.
void add_add(CLI::App& app, AddOptions& options, const std::string& in_front, Chosen& chosen);
void add_import(CLI::App& app, ImportCommand& options, Chosen& chosen);
void add_diagnose(CLI::App& app, DiagnoseOptions& options, const std::string& in_front, Chosen& chosen);

}  // namespace authprobe::commands
