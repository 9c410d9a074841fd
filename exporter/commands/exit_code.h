// What the process tells its caller.
#pragma once

namespace authprobe::commands {

// Exit codes, stable: 0 done, 1 the configuration or the target is not fine, 2 the command line is wrong or the command
// could not do its work.
inline constexpr int kExitOk = 0;
inline constexpr int kExitNotFine = 1;
inline constexpr int kExitCannot = 2;

}  // namespace authprobe::commands
