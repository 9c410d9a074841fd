#include "exporter/config/source_files.h"

#include <glob.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "exporter/wire/file.h"

namespace authprobe::config {
namespace {

constexpr std::size_t kLargestFile = 64u << 20;

// A folder's name as a pattern that matches only itself.
std::string escaped(const std::string& folder) {
  std::string pattern;
  for (const char c : folder) {
    if (std::strchr("*?[\\", c) != nullptr) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace

std::vector<std::string> files_matching(const std::string& pattern, const std::string& file) {
  std::string full = pattern;
  if (!std::filesystem::path(pattern).is_absolute()) {
    full = escaped((std::filesystem::path(file).parent_path() / "").string()) + pattern;
  }
  glob_t matches{};
  const std::unique_ptr<glob_t, void (*)(glob_t*)> owner(&matches, ::globfree);
  if (::glob(full.c_str(), 0, nullptr, &matches) != 0) return {};
  return {matches.gl_pathv, matches.gl_pathv + matches.gl_pathc};
}

std::string canonical(const std::string& file) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(file, error);
  return error ? file : path.string();
}

std::optional<wire::Secret> read_source(const std::string& path, Findings& findings) {
  wire::FileText file = wire::read_file(path, kLargestFile);
  if (file.problem.empty()) return std::move(file.text);
  findings.error({path, 1, 1}, "", file.problem);
  return std::nullopt;
}

}  // namespace authprobe::config
