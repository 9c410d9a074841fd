// A folder of its own for one test, gone with it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace authprobe::credential {

class TempFolder {
 public:
  TempFolder() {
    std::string name = testing::TempDir() + "authprobe.XXXXXX";
    path_ = mkdtemp(name.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string path(std::string_view name) const { return path_ / name; }

  std::string write(std::string_view name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

  // As tools that replace a file atomically do it.
  void replace(std::string_view name, std::string_view content) const {
    write("new", content);
    std::filesystem::rename(path("new"), path(name));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace authprobe::credential
