// Reads the text format as far as the tests need it, and asks promtool for its opinion.
#pragma once

#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace authprobe::metrics {

// Series with their labels, as written, and their values as text.
using Series = std::map<std::string, std::string>;

struct ParsedText {
  Series series;
  std::vector<std::string> families;  // by their TYPE lines, in order
  std::vector<std::string> faults;    // what a scraper would refuse or silently lose
};

ParsedText parse(std::string_view text);

// The value of one series; "absent" where there is none.
std::string value_of(std::string_view text, const std::string& series);

std::string read_file(const std::string& path);

// Runs `command` with `input` on its standard input: its exit code, and all that it printed.
struct CommandResult {
  int exit_code;
  std::string output;
};
CommandResult run(const std::string& command, std::string_view input);

}  // namespace authprobe::metrics
