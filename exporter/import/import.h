// Reads what other programs have: recognises the format, and makes requests of it that are ready to be written.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/findings.h"
#include "exporter/import/imported.h"

namespace authprobe::importing {

inline constexpr std::size_t kLargestSource = 32u << 20;  // bytes of one file
inline constexpr std::size_t kMostRequests = 10'000;

// The words of --from. A file of Prometheus or a Postman environment goes with another one.
inline constexpr std::array<std::string_view, 7> kFormats{"blackbox", "curl",    "gatus",      "har",
                                                          "openapi",  "postman", "uptime-kuma"};

struct SourceFile {
  std::string name;  // as the user wrote it
  std::string_view text;
};

// Files that belong together: a collection with its environment, blackbox.yml with Prometheus's configuration. What is
// wrong with one of them goes into `findings`, with its place, and then nothing is read.
void read_sources(const std::vector<SourceFile>& files, Import& into, config::Findings& findings);

}  // namespace authprobe::importing
