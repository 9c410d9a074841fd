#include "exporter/metrics/exposition.h"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <iterator>
#include <string_view>
#include <utility>

#include "exporter/metrics/family_text.h"
#include "exporter/metrics/gzip.h"
#include "exporter/metrics/text_writer.h"

namespace authprobe::metrics {

Exposition::Exposition(std::vector<std::shared_ptr<const prometheus::Collectable>> own, Clock clock,
                       WallClock wall_clock)
    : own_(std::move(own)), clock_(std::move(clock)), wall_clock_(std::move(wall_clock)) {}

void Exposition::set_fleet(std::shared_ptr<const FleetMetrics> fleet) {
  const std::lock_guard lock(fleet_mutex_);
  fleet_.metrics.swap(fleet);  // the old one goes with `fleet`
  ++fleet_.generation;
}

Exposition::Fleet Exposition::fleet() const {
  const std::lock_guard lock(fleet_mutex_);
  return fleet_;
}

wire::SharedBytes Exposition::text() {
  return shared(text_, [this](const FleetMetrics* fleet) { return render_text(fleet, text_.size); });
}

wire::SharedBytes Exposition::gzip() {
  return shared(gzip_, [this](const FleetMetrics* fleet) { return render_gzip(fleet); });
}

void Exposition::forget_old() {
  for (Last* last : {&text_, &gzip_}) {
    const std::unique_lock lock(last->rendering, std::try_to_lock);
    if (lock && last->kept && clock_() - last->finished >= kShared) last->kept.reset();
  }
}

// Who waits here for the lock finds the rendering that he waited for just finished.
wire::SharedBytes Exposition::shared(Last& last, const std::function<wire::SharedBytes(const FleetMetrics*)>& render) {
  const std::lock_guard lock(last.rendering);
  const Fleet fleet = this->fleet();
  if (wire::SharedBytes bytes = last.bytes.lock();
      bytes != nullptr && last.generation == fleet.generation && clock_() - last.finished < kShared) {
    return bytes;
  }
  last.kept.reset();
  wire::SharedBytes bytes = render(fleet.metrics.get());
  last.bytes = bytes;
  last.size = bytes->size();
  if (last.size <= kKept) last.kept = bytes;
  last.generation = fleet.generation;
  last.finished = clock_();
  return bytes;
}

void Exposition::render(const FleetMetrics* fleet, TextWriter& out) const {
  if (fleet != nullptr) fleet->render(out, wall_clock_());
  std::vector<prometheus::MetricFamily> families;
  for (const auto& collectable : own_) {
    std::vector<prometheus::MetricFamily> some = collectable->Collect();
    std::move(some.begin(), some.end(), std::back_inserter(families));
  }
  write_families(std::move(families), out);
  out.flush();
}

// A text that grows would take twice the memory meanwhile: it is made large enough at once.
wire::SharedBytes Exposition::render_text(const FleetMetrics* fleet, std::size_t expected_size) const {
  if (expected_size == 0) {
    const Sink count = [&](std::string_view piece) { expected_size += piece.size(); };
    TextWriter out(count);
    render(fleet, out);
  }
  Text text(expected_size + expected_size / 64);
  TextWriter out(text);
  render(fleet, out);
  return wire::share(std::move(text));
}

wire::SharedBytes Exposition::render_gzip(const FleetMetrics* fleet) const {
  GzipWriter writer;
  const Sink compress = [&](std::string_view piece) { writer.add(piece); };
  TextWriter out(compress);
  render(fleet, out);
  return wire::share(writer.finish());
}

}  // namespace authprobe::metrics
