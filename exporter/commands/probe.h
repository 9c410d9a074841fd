// `probe TARGET`: one probe of a configured target, as metrics text.
#pragma once

#include <iosfwd>
#include <string>

namespace authprobe::commands {

struct ProbeOptions {
  std::string config_file;
  std::string target;
};

// Exit code: 0 the target is `ok`, 1 it is not, 2 the probe could not be made (configuration, unknown target).
int probe(const ProbeOptions& options, std::ostream& out, std::ostream& err);

}  // namespace authprobe::commands
