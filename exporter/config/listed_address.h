// The URL, the name and the labels of a listed target, as its labels tell after relabelling.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/config/relabel.h"

namespace authprobe::config {

// With Prometheus's words for the address, the scheme, the path and the query, where the group does not have them.
LabelSet with_usual_labels(LabelSet labels, const TargetList& list);

// The URL's text: of __address__, __scheme__, __metrics_path__ and __param_*. An address that is a URL itself, as lists
// for the blackbox exporter have them, keeps its scheme and its path.
struct UrlText {
  std::string text;
  std::string problem = {};  // what is wrong with the labels; empty: nothing
};
UrlText url_of(const LabelSet& labels);

// LIST.HOST, with the port, the path and a hash of the query where there are any. The label __target__ overrides what
// stands behind "LIST.", which all names of the list's targets begin with: no list has a name of another's.
std::string target_name(const LabelSet& labels, const wire::Url& url, const TargetList& list);

// Those that the target's series have. One that the configuration cannot give a target gets Prometheus's prefix for
// labels that are taken, exported_.
std::vector<std::pair<std::string, std::string>> shown_labels(const LabelSet& labels);

}  // namespace authprobe::config
