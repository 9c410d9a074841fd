// Reads whole files, and never blocks.
#pragma once

#include <cstddef>
#include <string>

#include "exporter/wire/secret.h"

namespace authprobe::wire {

struct FileText {
  Secret text;
  std::string problem;  // "cannot be read: ..." or "is larger than ..."; empty: the text is whole
};

// Only regular files are read: a pipe, a device or a folder is a problem, so the caller never blocks.
FileText read_file(const std::string& path, std::size_t most_bytes);

}  // namespace authprobe::wire
