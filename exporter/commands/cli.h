// The command line: parses it and runs the command.
#pragma once

namespace authprobe::commands {

int run(int argc, char** argv);

}  // namespace authprobe::commands
