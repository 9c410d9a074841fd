#include "exporter/config/source_files.h"

#include <glob.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "exporter/wire/file.h"
#include "exporter/wire/owned.h"

namespace authprobe::config {
namespace {

constexpr std::size_t kLargestFile = 64u << 20;
constexpr std::size_t kLargestScopedFile = 1u << 20;

std::vector<std::string> matching(const std::string& pattern, int flags) {
  glob_t matches{};
  const wire::Owned<glob_t, ::globfree> owner(&matches);
  if (::glob(pattern.c_str(), flags, nullptr, &matches) != 0) return {};
  return {matches.gl_pathv, matches.gl_pathv + matches.gl_pathc};
}

}  // namespace

std::vector<std::string> list_files_matching(const std::string& pattern) {
  return matching(pattern, GLOB_PERIOD);
}

std::string as_pattern(const std::string& file) {
  std::string pattern;
  for (const char c : file) {
    if (std::strchr("*?[\\", c) != nullptr) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

std::string from_folder_of(const std::string& file, const std::string& pattern) {
  if (std::filesystem::path(pattern).is_absolute()) return pattern;
  return as_pattern((std::filesystem::path(file).parent_path() / "").string()) + pattern;
}

std::string canonical(const std::string& file) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::canonical(file, error);
  return error ? file : path.string();
}

std::vector<std::string> Sources::files_matching(const std::string& pattern, const std::string& file) {
  const std::string full = from_folder_of(file, pattern);
  const auto [known, is_new] = matches_.try_emplace(full);
  if (is_new) known->second = matching(full, 0);
  return known->second;
}

std::shared_ptr<const wire::Secret> Sources::read(const std::string& path, Findings& findings) {
  if (auto text = known(path)) return text;
  return keep(path, wire::read_file(path, kLargestFile), findings);
}

std::shared_ptr<const wire::Secret> Sources::read_inside(const std::string& folder, const std::string& path,
                                                         Findings& findings) {
  if (auto text = known(path)) return text;
  return keep(path, wire::read_file_inside(folder, path, kLargestScopedFile), findings);
}

std::shared_ptr<const wire::Secret> Sources::known(const std::string& path) const {
  const auto found = texts_.find(path);
  return found == texts_.end() ? nullptr : found->second;
}

std::shared_ptr<const wire::Secret> Sources::keep(const std::string& path, wire::FileText file, Findings& findings) {
  if (!file.problem.empty()) {
    findings.error({path, 1, 1}, "", file.problem);
    return nullptr;
  }
  return texts_[path] = std::make_shared<const wire::Secret>(std::move(file.text));
}

}  // namespace authprobe::config
