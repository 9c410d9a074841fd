// A secret as a person gives it: typed at the terminal, in a file, or inside a `curl` command.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "exporter/wire/secret.h"

namespace authprobe::commands {

struct SecretInput {
  wire::Secret secret;
  std::string host;     // of the curl command's URL, with its port where it has one; empty: none was given
  std::string problem;  // empty: there is a secret
};

// Reads one line from the terminal without showing it; `prompt` goes there too. Ctrl-C and Ctrl-D cancel.
SecretInput ask_secret(const std::string& prompt);

// The first line of a file, or all of a curl command in it; "-" is standard input.
SecretInput read_secret_input(const std::string& path, std::istream& in);

// The secret of a text: what stands in a `curl` command's Authorization header, in a header whose name speaks of a
// token or a key, or in its --user; or the text itself, if it is no curl command.
SecretInput secret_in(std::string_view text);

}  // namespace authprobe::commands
