// Whole files: reads them without ever blocking, and replaces them.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/wire/secret.h"

namespace authprobe::wire {

struct FileText {
  Secret text;
  std::string problem;  // "cannot be read: ..." or "is larger than ..."; empty: the text is whole
};

// Only regular files are read: a pipe, a device or a folder is a problem, so the caller never blocks.
FileText read_file(const std::string& path, std::size_t most_bytes);

// The same for a file that is in `folder` (canonical) or below: what is elsewhere is not read, whatever links lead
// there.
FileText read_file_inside(const std::string& folder, const std::string& path, std::size_t most_bytes);

// Writes all of `text` to a descriptor that blocks. False, and errno says why, where it takes no more.
bool write_all(int descriptor, std::string_view text);

// Replaces `path` in one step: a reader finds the old text or the new one, whole. Throws std::system_error.
void replace_file(const std::string& path, std::string_view text, mode_t mode);

// Which version of a file is there: another one once it is written, or replaced by another file.
struct FileStamp {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  // since 1970
  bool operator==(const FileStamp&) const = default;
};
FileStamp stamp_of(const struct stat& status);
std::optional<FileStamp> stamp_of(const std::string& path);  // nothing where there is no such file

// For files that are looked at once a second at most, and read again when they have changed.
class FileWatch {
 public:
  using Clock = std::chrono::steady_clock;

  // It is time for a look, and not again within a second.
  bool is_due(Clock::time_point now);

  // The look: whether the files are others than at the last one. They are at the first.
  bool differs(std::vector<std::optional<FileStamp>> stamps);

 private:
  Clock::time_point next_look_ = Clock::time_point::min();
  std::optional<std::vector<std::optional<FileStamp>>> stamps_;  // none: there was no look
};

}  // namespace authprobe::wire
