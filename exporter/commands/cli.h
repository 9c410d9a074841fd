// The command line: parses it and runs what it asks for.
#pragma once

namespace authprobe::commands {

// Exit codes, stable: 0 done, 1 the configuration or the target is not fine, 2 the command line is wrong or the command
// could not do its work.
inline constexpr int kExitOk = 0;
inline constexpr int kExitNotFine = 1;
inline constexpr int kExitCannot = 2;

int run(int argc, char** argv);

}  // namespace authprobe::commands
