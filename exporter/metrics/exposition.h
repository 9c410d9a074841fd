// What /metrics serves: the fleet's series and the exporter's own as one text, plain or gzip.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "exporter/metrics/fleet_metrics.h"
#include "exporter/metrics/text_format.h"  // kTextContentType goes with both encodings
#include "exporter/wire/shared_bytes.h"

namespace prometheus {
class Collectable;
}

namespace authprobe::metrics {

// Any thread may call any member. Scrapes that come together share one rendering: those that find one under way wait
// for it, and one that finished less than kShared ago is handed out again.
class Exposition {
 public:
  using Clock = std::function<std::chrono::steady_clock::time_point()>;
  using WallClock = std::function<WallTime()>;

  static constexpr std::chrono::milliseconds kShared{250};
  // A larger plain text is not kept that long, only shared while somebody still sends it: Prometheus asks for gzip, and
  // 10,000 targets are 48 MB of text.
  static constexpr std::size_t kKept = std::size_t{8} << 20;

  // `own`: ExporterMetrics::collectable(), process_metrics() and the like.
  explicit Exposition(std::vector<std::shared_ptr<const prometheus::Collectable>> own,
                      Clock clock = std::chrono::steady_clock::now,
                      WallClock wall_clock = std::chrono::system_clock::now);
  Exposition(const Exposition&) = delete;
  Exposition& operator=(const Exposition&) = delete;

  // What the next scrape shows; a rendering under way ends with the fleet that it began with. Null: no targets.
  void set_fleet(std::shared_ptr<const FleetMetrics> fleet);

  wire::SharedBytes text();
  wire::SharedBytes gzip();

  // Lets go of renderings that no scrape will share any more: some megabytes of a large fleet. Never waits.
  void forget_old();

 private:
  // The last rendering in one encoding. `rendering` is held while a new one is made.
  struct Last {
    std::mutex rendering;
    wire::SharedBytes kept;
    std::weak_ptr<const std::string_view> bytes;
    std::chrono::steady_clock::time_point finished;
    std::uint64_t generation = 0;
    std::size_t size = 0;
  };
  struct Fleet {
    std::shared_ptr<const FleetMetrics> metrics;
    std::uint64_t generation = 1;  // counts set_fleet()
  };

  wire::SharedBytes shared(Last& last, const std::function<wire::SharedBytes(const FleetMetrics*)>& render);
  Fleet fleet() const;
  void render(const FleetMetrics* fleet, TextWriter& out) const;
  wire::SharedBytes render_text(const FleetMetrics* fleet, std::size_t expected_size) const;
  wire::SharedBytes render_gzip(const FleetMetrics* fleet) const;

  const std::vector<std::shared_ptr<const prometheus::Collectable>> own_;
  const Clock clock_;
  const WallClock wall_clock_;
  mutable std::mutex fleet_mutex_;
  Fleet fleet_;
  Last text_;
  Last gzip_;
};

}  // namespace authprobe::metrics
