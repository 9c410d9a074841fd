// `add`: takes a token, finds out whose it is, writes its file and its block into the configuration, and probes once.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace authprobe::commands {

struct AddOptions {
  std::string config_file;
  std::string name;              // of the credential; empty: the provider's
  std::string provider;          // empty: the token's form says it
  std::string from;              // a file with the token or a curl command, "-" for standard input; empty: the terminal
  std::string secret_file;       // to write; empty: secrets/NAME beside the configuration
  std::vector<std::string> set;  // "key=value": variables of the provider, and keys such as owner
  bool controls = true;
};

// Exit code: that of the probe, as of diagnose(); 1 if the token cannot be taken (unknown, of another service,
// damaged), 2 if a file cannot be read or written, or the configuration has errors. Then nothing has been written.
int add(const AddOptions& options, std::istream& in, std::ostream& out, std::ostream& err);

}  // namespace authprobe::commands
