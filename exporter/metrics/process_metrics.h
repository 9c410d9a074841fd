// The process_* metrics that every exporter has, read from /proc at each scrape.
#pragma once

#include <memory>

namespace prometheus {
class Collectable;
}

namespace authprobe::metrics {

// What cannot be read is left out.
std::shared_ptr<const prometheus::Collectable> process_metrics();

}  // namespace authprobe::metrics
