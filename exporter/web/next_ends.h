// What ends next: credentials, their refresh tokens and certificates, the time of replaced values, servers'
// certificates, and the secrets of inventories, on one time line.
// Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/web/status_store.h"

namespace authprobe::web {

struct End {
  WallTime at;
  std::string name;                               // a credential, a host, or a secret of an inventory
  bool is_host = false;                           // a server's certificate
  std::string inventory = {};                     // that lists it; empty: it is no entry of a list
  std::string_view kind;                          // "access", "refresh", "certificate", "replaced value"
  std::string_view source;                        // who says so; of a server's certificate "tls"
  std::optional<std::chrono::seconds> warn = {};  // before the end
  std::optional<std::chrono::seconds> critical = {};
};

// Ends within the horizon, the next first, of each inventory the first three; past ones are troubles or servers'
// certificates, which are kept.
inline constexpr std::chrono::hours kEndsHorizon{90 * 24};
std::vector<End> next_ends(const Snapshot& snapshot);

std::string next_section(const Snapshot& snapshot);

// One end as a line from now, with the times from which it is near: the width is the horizon's, a square root's scale.
std::string end_picture(const End& end, WallTime now);

}  // namespace authprobe::web
