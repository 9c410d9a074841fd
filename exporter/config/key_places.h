// Where the keys of a configuration stand in its files.
#pragma once

#include <string>
#include <vector>

#include "exporter/config/findings.h"

namespace authprobe::config {

// Gives each finding the place of its key; of an inherited key of a target, the place in [defaults]; of a key that is
// in no file, that of the table it is missing in. What is found after loading has the place of its credential or target
// only. The files are read again; one that cannot be read changes nothing.
void place_at_keys(std::vector<Finding>& findings, const std::vector<std::string>& files);

}  // namespace authprobe::config
