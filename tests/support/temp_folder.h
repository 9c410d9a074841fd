// A folder that is gone after the test.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace authprobe::http_test {

class TempFolder {
 public:
  TempFolder() {
    char name[] = "/tmp/authprobe-test-XXXXXX";
    if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
    std::filesystem::permissions(path_, std::filesystem::perms(0755));  // nginx's workers are another user's
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string path(const std::string& name) const { return path_ + '/' + name; }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
    return path(name);
  }

  // As tools that replace a file atomically do it.
  void replace(const std::string& name, const std::string& text) const {
    write("new", text);
    std::filesystem::rename(path("new"), path(name));
  }

 private:
  std::string path_;
};

}  // namespace authprobe::http_test
