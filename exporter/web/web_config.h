// Reads a web configuration. The format is that of Prometheus' exporter-toolkit (docs/web-configuration.md there), so
// that one file serves all exporters of a machine.
#pragma once

#include <string>
#include <vector>

#include "exporter/config/findings.h"
#include "exporter/web/web_settings.h"

namespace authprobe::web {

struct WebConfigResult {
  WebConfig config;  // meaningful only where ok()
  std::vector<config::Finding> findings;
  std::vector<std::string> files;  // every file read, or meant to be read
  bool ok() const;                 // no finding is an error
};

// Reads the file and the PEM files that it names; relative ones are seen from its folder. A file that cannot be read is
// a finding.
WebConfigResult read_web_config(const std::string& path);

}  // namespace authprobe::web
