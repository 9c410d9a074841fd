// `providers`: lists what is known of services, and shows one with the sources of its facts.
#pragma once

#include <iosfwd>
#include <string>

namespace authprobe::commands {

struct ProvidersOptions {
  std::string name;         // empty: all, a line each
  std::string config_file;  // its settings.providers are read too; empty: only the built-in ones
  bool json = false;
};

// The exit code: kExitCannot if there is no provider of this name, or a file cannot be read.
int providers(const ProvidersOptions& options, std::ostream& out, std::ostream& err);

}  // namespace authprobe::commands
