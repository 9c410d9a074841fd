#include "exporter/commands/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "exporter/wire/file.h"
#include "exporter/wire/file_descriptor.h"

namespace authprobe::commands {

namespace fs = std::filesystem;

std::string write_new(const fs::path& path, std::string_view text, mode_t mode) {
  const wire::FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (file && wire::write_all(file.get(), text) && ::fsync(file.get()) == 0) return "";
  return path.string() + " cannot be written: " + std::generic_category().message(errno);
}

std::string make_private_folder(const fs::path& folder) {
  std::error_code failed;
  if (fs::create_directories(folder, failed)) fs::permissions(folder, fs::perms::owner_all, failed);
  return failed ? folder.string() + " cannot be made: " + failed.message() : "";
}

Undo::~Undo() {
  std::error_code ignored;
  if (!kept_) fs::remove(path_, ignored);
}

}  // namespace authprobe::commands
