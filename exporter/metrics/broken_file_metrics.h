// The metrics of included files that have errors.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "exporter/config/broken_file.h"

namespace prometheus {
class Collectable;
}

namespace authprobe::metrics {

// Any thread may call any member.
class BrokenFileMetrics {
 public:
  // With a series of its own; all are counted.
  static constexpr std::size_t kMostFiles = 50;

  BrokenFileMetrics();
  ~BrokenFileMetrics();
  BrokenFileMetrics(const BrokenFileMetrics&) = delete;
  BrokenFileMetrics& operator=(const BrokenFileMetrics&) = delete;

  // What the next scrape shows.
  void set(const std::vector<config::BrokenFile>& files);

  std::shared_ptr<const prometheus::Collectable> collectable() const;

 private:
  class Snapshot;
  std::shared_ptr<Snapshot> snapshot_;
};

}  // namespace authprobe::metrics
