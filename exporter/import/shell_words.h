// The words of a shell's command lines, as far as quotes, backslashes, comments and line continuations go. Nothing is
// run or expanded.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "exporter/wire/secret.h"

namespace authprobe::importing {

struct ShellWord {
  wire::Secret text;  // a variable stands in it as ${NAME}
  bool has_variable = false;
  bool has_substitution = false;  // $(...) or `...`: what comes of it is not known
};

struct ShellCommand {
  std::uint32_t line = 1;
  std::vector<ShellWord> words;  // without redirections
};

// Commands end at a line end, ';', '|' and '&'. A text of more words than `most` loses those behind.
std::vector<ShellCommand> shell_commands(std::string_view text, std::size_t most = 100'000);

}  // namespace authprobe::importing
