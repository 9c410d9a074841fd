// Runs the exporter: probes on schedule, serves /metrics and pages, reloads, ends on a signal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exporter/commands/log.h"
#include "exporter/config/shard.h"

namespace authprobe::commands {

struct ServeOptions {
  std::string config_file;
  std::vector<std::string> listen_addresses{":10073"};
  std::string telemetry_path = "/metrics";
  std::string external_url;            // under which a proxy serves the exporter; empty: as the client asks
  std::string route_prefix;            // before every path; empty: that of the external URL's path
  bool systemd_socket = false;         // listens on what systemd hands over, not on listen_addresses
  std::string web_config_file;         // TLS and users of the web server; empty: plain HTTP, open to all
  std::string storage_path;            // the file of what outlives a restart; empty: nothing does
  std::optional<config::Shard> shard;  // none: all targets
  Log::Level log_level = Log::Level::info;
  Log::Format log_format = Log::Format::logfmt;
};

// Runs until SIGTERM or SIGINT. Exit code: 0 ended by a signal, 1 a configuration has errors, 2 it cannot listen on the
// addresses.
int serve(const ServeOptions& options);

}  // namespace authprobe::commands
