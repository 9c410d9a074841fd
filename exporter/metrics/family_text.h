// Writes prometheus-cpp's metric families. Its own TextSerializer leaves HELP unescaped and the order to chance.
#pragma once

#include <vector>

namespace prometheus {
struct MetricFamily;
}

namespace authprobe::metrics {

class TextWriter;

// Families in name order; those of one name become one, with the first one's help and type. Empty families are left
// out.
void write_families(std::vector<prometheus::MetricFamily> families, TextWriter& out);

}  // namespace authprobe::metrics
