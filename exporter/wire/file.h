// Reads whole files, and never blocks.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "exporter/wire/secret.h"

namespace authprobe::wire {

struct FileText {
  Secret text;
  std::string problem;  // "cannot be read: ..." or "is larger than ..."; empty: the text is whole
};

// Only regular files are read: a pipe, a device or a folder is a problem, so the caller never blocks.
FileText read_file(const std::string& path, std::size_t most_bytes);

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

}  // namespace authprobe::wire
