// Files that a command makes: all of them are written, or none is left behind.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>

namespace authprobe::commands {

// Writes a file that must not exist. What went wrong; empty: nothing.
std::string write_new(const std::filesystem::path& path, std::string_view text, mode_t mode);

// Makes the folder, for its owner alone, unless it is there. What went wrong; empty: nothing.
std::string make_private_folder(const std::filesystem::path& folder);

// Removes what was written if the rest fails.
class Undo {
 public:
  explicit Undo(std::filesystem::path path) : path_(std::move(path)) {}
  ~Undo();
  Undo(Undo&& other) noexcept : path_(std::move(other.path_)), kept_(other.kept_) { other.kept_ = true; }
  Undo(const Undo&) = delete;
  Undo& operator=(const Undo&) = delete;
  Undo& operator=(Undo&&) = delete;
  void keep() { kept_ = true; }

 private:
  std::filesystem::path path_;
  bool kept_ = false;
};

}  // namespace authprobe::commands
