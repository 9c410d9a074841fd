#include "exporter/wire/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "exporter/wire/file_descriptor.h"

namespace authprobe::wire {
namespace {

FileText failed(std::string why) {
  return {Secret(), "cannot be read: " + std::move(why)};
}

FileText failed(int error) {
  return failed(std::generic_category().message(error));
}

std::string size_words(std::size_t bytes) {
  constexpr std::size_t kMebi = 1024 * 1024;
  return bytes % kMebi == 0 ? std::to_string(bytes / kMebi) + " MiB" : std::to_string(bytes / 1024) + " KiB";
}

FileDescriptor opened(const std::string& path, int flags) {
  return FileDescriptor(open(path.c_str(), flags | O_CLOEXEC));
}

// Without O_NONBLOCK, open() of a pipe waits for a writer.
constexpr int kToRead = O_RDONLY | O_NONBLOCK;

FileText read_all(const FileDescriptor& file, std::size_t most_bytes) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return failed(errno);
  if (S_ISDIR(status.st_mode)) return failed("it is a directory");
  if (!S_ISREG(status.st_mode)) return failed("it is not a regular file");
  // The file may grow or shrink meanwhile, and the size of one in /proc is 0.
  FileText result;
  result.text.reserve(std::min(static_cast<std::size_t>(status.st_size), most_bytes) + 1);
  Secret piece(std::string(std::size_t{64} * 1024, '\0'));
  for (;;) {
    const ssize_t length = read(file.get(), const_cast<char*>(piece.c_str()), piece.size());
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return failed(errno);
    if (length == 0) return result;
    result.text.append(piece.reveal().substr(0, static_cast<std::size_t>(length)));
    if (result.text.size() > most_bytes) return {Secret(), "is larger than " + size_words(most_bytes)};
  }
}

// The path of the file that is open, which no later change of a link alters. Empty: unknown.
std::string path_of(const std::string& descriptor) {
  std::error_code error;
  const auto path = std::filesystem::read_symlink(descriptor, error);
  return error ? "" : path.string();
}

}  // namespace

FileText read_file(const std::string& path, std::size_t most_bytes) {
  const FileDescriptor file = opened(path, kToRead);
  return file ? read_all(file, most_bytes) : failed(errno);
}

FileText read_file_inside(const std::string& folder, const std::string& path, std::size_t most_bytes) {
  // To look where it is, without what opening a device would do.
  const FileDescriptor place = opened(path, O_PATH);
  if (!place) return failed(errno);
  const std::string descriptor = "/proc/self/fd/" + std::to_string(place.get());
  const std::string base = folder.ends_with('/') ? folder : folder + '/';
  if (!path_of(descriptor).starts_with(base)) return failed("it is not in " + folder);
  const FileDescriptor file = opened(descriptor, kToRead);
  return file ? read_all(file, most_bytes) : failed(errno);
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void replace_file(const std::string& path, std::string_view text, mode_t mode) {
  std::string beside = path + ".XXXXXX";
  const FileDescriptor file(mkostemp(beside.data(), O_CLOEXEC));
  const bool is_written = file && write_all(file.get(), text) && fchmod(file.get(), mode) == 0 &&
                          fsync(file.get()) == 0 && rename(beside.c_str(), path.c_str()) == 0;
  if (is_written) return;
  const int error = errno;
  if (file) unlink(beside.c_str());
  throw std::system_error(error, std::generic_category(), path);
}

FileStamp stamp_of(const struct stat& status) {
  return {status.st_dev, status.st_ino, static_cast<std::uint64_t>(status.st_size),
          status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec};
}

std::optional<FileStamp> stamp_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? std::optional(stamp_of(status)) : std::nullopt;
}

bool FileWatch::is_due(Clock::time_point now) {
  if (now < next_look_) return false;
  next_look_ = now + std::chrono::seconds{1};
  return true;
}

bool FileWatch::differs(std::vector<std::optional<FileStamp>> stamps) {
  if (stamps_ == stamps) return false;
  stamps_ = std::move(stamps);
  return true;
}

}  // namespace authprobe::wire
