// The place of a secret in a file that has more than the secret.
#pragma once

#include <string>
#include <string_view>

#include "exporter/config/credential_kinds.h"

namespace authprobe::credential {

struct FoundSecret {
  std::string text;
  std::string problem;  // why there is none; never part of the file
};

// The whole text, the string or number at a place of a JSON document, or the value of a variable: NAME=VALUE on a line
// of its own, with or without `export`, blanks around the `=` and quotation marks, which may have \n, \" and \\ between
// them if they are double. Of several lines with the name, the last one counts.
FoundSecret secret_at(const config::SecretSource& source, std::string_view text);

}  // namespace authprobe::credential
