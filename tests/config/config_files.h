// A folder of configuration files that lives as long as the test, and short words for what tests ask of a load.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "exporter/config/load.h"

namespace authprobe::config_test {

class ConfigFiles {
 public:
  ConfigFiles() {
    std::string pattern = (std::filesystem::temp_directory_path() / "authprobe-config-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    folder_ = pattern;
  }
  ~ConfigFiles() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  ConfigFiles(const ConfigFiles&) = delete;
  ConfigFiles& operator=(const ConfigFiles&) = delete;

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
    return path(name);
  }

 private:
  std::filesystem::path folder_;
};

inline std::vector<std::string> lines_of(const std::vector<config::Finding>& findings) {
  std::vector<std::string> texts;
  for (const config::Finding& finding : findings) texts.push_back(to_string(finding));
  return texts;
}

// The findings about `text`, as lines; the file is called "f".
inline std::vector<std::string> findings_of(const std::string& text) {
  return lines_of(config::parse(text, "f").findings);
}

// The target of that name; the load must have gone well.
inline config::Target target_of(const std::string& text, const std::string& name = "a") {
  const config::LoadResult result = config::parse(text, "f");
  for (const std::string& finding : lines_of(result.findings)) {
    if (finding.find(": warning: ") == std::string::npos) throw std::runtime_error(finding);
  }
  for (const config::Target& target : result.config.targets) {
    if (target.name == name) return target;
  }
  throw std::runtime_error("no target " + name);
}

}  // namespace authprobe::config_test
