// Where a secret is read from, and how.
#pragma once

#include <compare>
#include <string>

namespace authprobe::config {

// Where a secret is to be read from. `text` is a path, an environment variable's name, or the secret itself. The whole
// file is the secret, unless it is JSON and has it at `json_pointer`, or lines NAME=VALUE (a dotenv or INI file) with
// it at `variable`.
struct SecretSource {
  enum class Kind { none, file, env, value };
  Kind kind = Kind::none;
  std::string text;
  std::string json_pointer = {};  // RFC 6901; empty: none
  std::string variable = {};      // a name; empty: none
  std::string section = {};       // the [section] that the variable stands in; empty: the file's beginning
  auto operator<=>(const SecretSource&) const = default;
};

// How a secret is read. line: one line, without the blanks and line ends around it; maybe_empty: likewise, but it may
// be empty where it stands in the configuration; whole: any bytes, such as a key in PEM or a PKCS#12 file.
enum class SecretForm { line, maybe_empty, whole };

}  // namespace authprobe::config
