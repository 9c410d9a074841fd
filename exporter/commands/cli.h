// The command line: parses it and runs what it asks for.
#pragma once

namespace authprobe::commands {

int run(int argc, char** argv);

}  // namespace authprobe::commands
