#include "tests/metrics/exposition_text.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace authprobe::metrics {
namespace {

// `authprobe_x_bucket` belongs to the histogram `authprobe_x`.
bool belongs(std::string_view name, std::string_view family) {
  if (!name.starts_with(family)) return false;
  const std::string_view rest = name.substr(family.size());
  return rest.empty() || rest == "_bucket" || rest == "_sum" || rest == "_count";
}

}  // namespace

ParsedText parse(std::string_view text) {
  ParsedText parsed;
  std::set<std::string> begun;
  std::istringstream lines{std::string(text)};
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) continue;
    if (line.starts_with("# TYPE ")) {
      const std::string name = line.substr(7, line.find(' ', 7) - 7);
      if (!begun.insert(name).second) parsed.faults.push_back("family twice: " + name);
      parsed.families.push_back(name);
      continue;
    }
    const std::size_t end = line.rfind(' ');
    const std::string series = line.substr(0, end);
    if (parsed.families.empty() || !belongs(series.substr(0, series.find('{')), parsed.families.back())) {
      parsed.faults.push_back("outside its family: " + line);
    }
    if (!parsed.series.emplace(series, line.substr(end + 1)).second) parsed.faults.push_back("series twice: " + series);
  }
  if (!text.empty() && !text.ends_with('\n')) parsed.faults.push_back("no line end at the end");
  return parsed;
}

std::string value_of(std::string_view text, const std::string& series) {
  const Series all = parse(text).series;
  const auto found = all.find(series);
  return found == all.end() ? "absent" : found->second;
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

CommandResult run(const std::string& command, std::string_view input) {
  std::string path = "/tmp/authprobe-metrics-XXXXXX";
  const int fd = mkstemp(path.data());
  if (fd < 0) throw std::runtime_error("no temporary file");
  close(fd);
  std::ofstream(path, std::ios::binary).write(input.data(), static_cast<std::streamsize>(input.size()));
  FILE* pipe = popen(("LC_ALL=C " + command + " < " + path + " 2>&1").c_str(), "r");
  CommandResult result{};
  std::array<char, 4096> part;
  for (std::size_t size; (size = fread(part.data(), 1, part.size(), pipe)) > 0;)
    result.output.append(part.data(), size);
  const int status = pclose(pipe);
  unlink(path.c_str());
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

}  // namespace authprobe::metrics
