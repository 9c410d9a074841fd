// prometheus-cpp's metric families as text. Its own TextSerializer leaves HELP unescaped and the order to chance.
#pragma once

#include <string>
#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace authprobe::metrics {

// Families in name order; those of one name become one, with the first one's help and type. Empty families are left
// out.
std::string to_text(std::vector<prometheus::MetricFamily> families);

}  // namespace authprobe::metrics
