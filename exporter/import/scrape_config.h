// The targets that Prometheus gives to a blackbox exporter: jobs of a scrape configuration, or a file of file_sd.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "exporter/config/document.h"
#include "exporter/import/imported.h"

namespace authprobe::importing {

struct BlackboxTarget {
  std::string url;  // as blackbox takes it: without a scheme it is http://
  std::string place;
  std::vector<std::pair<std::string, std::string>> labels;
};

struct BlackboxJob {
  std::string name;
  std::string module;    // empty: the only one
  std::string place;     // "file:line"
  std::string interval;  // a duration; empty: not said
  std::vector<BlackboxTarget> targets;
  std::vector<std::string> files;  // of file_sd, as patterns
};

// The jobs that call /probe; the others are reported.
std::vector<BlackboxJob> read_scrape_config(const config::Value& tree, const std::string& file, Import& into);

// One job whose targets are those of this file.
BlackboxJob job_of_list(const std::string& file);

}  // namespace authprobe::importing
