#include <sys/prctl.h>

#include <exception>
#include <iostream>

#include "exporter/commands/cli.h"
#include "exporter/commands/commands.h"

int main(int argc, char** argv) {
  prctl(PR_SET_DUMPABLE, 0);  // no core dump of any command holds a secret
  try {
    return authprobe::commands::run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "authprobe_exporter: " << error.what() << '\n';
    return authprobe::commands::kExitCannot;
  }
}
