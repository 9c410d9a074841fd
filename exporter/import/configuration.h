// Imported requests as a configuration that loads, with its secrets in files of their own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "exporter/config/findings.h"
#include "exporter/import/imported.h"

namespace authprobe::importing {

struct Configuration {
  struct SecretFile {
    std::string path;    // as the configuration names it
    std::string secret;  // to be written
    std::string needed;  // instead: what a person has to put there
  };
  std::string text;  // TOML
  std::vector<SecretFile> secrets;
  std::size_t targets = 0;  // and lists of targets
  std::size_t credentials = 0;
  std::vector<config::Finding> findings;  // of the load: warnings, or errors that nothing could be done about
  bool ok = false;                        // it loads
};

// Parts that the configuration refuses are left out of it, and reported in `from`. `file` is where it is going to be,
// `folder` that of the secrets.
Configuration configuration_of(Import& from, const std::string& file, const std::string& folder);

}  // namespace authprobe::importing
