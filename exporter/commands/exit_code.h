// The exit codes of the process.
#pragma once

namespace authprobe::commands {

// Exit codes, stable: 0 success, 1 the configuration has errors or the target is not ok, 2 the command line is wrong or
// the command cannot run.
inline constexpr int kExitOk = 0;
inline constexpr int kExitNotFine = 1;
inline constexpr int kExitCannot = 2;

}  // namespace authprobe::commands
