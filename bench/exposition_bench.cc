// Rendering the series of 10,000 targets, against copying the same text: into one kept buffer as memcpy does, and in
// pieces as the compressor takes them.
#include <benchmark/benchmark.h>

#include <cstring>
#include <string>
#include <string_view>

#include "exporter/metrics/fleet_metrics.h"
#include "exporter/metrics/text_writer.h"

namespace authprobe::bench {
namespace {

constexpr std::size_t kTargets = 10'000;

config::Config fleet_config() {
  config::Config config;
  const auto connection = std::make_shared<const config::Connection>();
  const auto expect = std::make_shared<const config::Expectation>();
  for (std::size_t i = 0; i < kTargets; ++i) {
    config::Target target;
    target.name = "t" + std::to_string(100'000 + i).substr(1);
    target.url = wire::Url("https://api" + std::to_string(i % 100) + ".example.com/v1/things/" + std::to_string(i));
    target.connection = connection;
    target.expect = expect;
    target.labels = {{"team", "payments"}, {"tier", "1"}};
    config.targets.push_back(target);
  }
  return config;
}

// Most probes succeed; the values have the digits that real ones have.
prober::ProbeRecord record_of(std::size_t target) {
  prober::ProbeRecord record;
  record.target = target;
  record.finished = WallTime(std::chrono::milliseconds(1'767'225'600'123 + static_cast<std::int64_t>(target) * 37));
  record.state = target % 50 == 0 ? prober::State::forbidden : prober::State::ok;
  record.status = target % 50 == 0 ? 403 : 200;
  for (std::size_t phase = 0; phase < http::kPhaseCount; ++phase)
    record.phase_seconds[phase] =
        0.000'137 * static_cast<double>(phase + 1) + 0.000'001 * static_cast<double>(target % 997);
  record.duration_seconds = 0.0021;
  record.certificate_expiry = std::chrono::sys_seconds(std::chrono::seconds(1'800'000'000 + target));
  return record;
}

const metrics::FleetMetrics& fleet() {
  static const auto metrics = [] {
    auto made = std::make_unique<metrics::FleetMetrics>(fleet_config());
    for (int round = 0; round < 3; ++round)
      for (std::size_t i = 0; i < kTargets; ++i) made->record(record_of(i));
    return made;
  }();
  return *metrics;
}

std::string_view render_into(metrics::Text& text) {
  metrics::TextWriter out(text);
  fleet().render(out);
  out.flush();
  return static_cast<std::string_view>(text);
}

void report_size(benchmark::State& state, std::size_t bytes) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * static_cast<std::int64_t>(bytes));
}

void render(benchmark::State& state) {
  metrics::Text text;
  std::string_view written = render_into(text);  // so that the text has its room
  for (auto _ : state) {
    written = render_into(text);
    benchmark::DoNotOptimize(written.data());
  }
  report_size(state, written.size());
}
BENCHMARK(render)->Unit(benchmark::kMillisecond);

void render_pieces(benchmark::State& state) {
  std::size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    const metrics::Sink count = [&bytes](std::string_view piece) { bytes += piece.size(); };
    metrics::TextWriter out(count);
    fleet().render(out);
    out.flush();
  }
  report_size(state, bytes);
}
BENCHMARK(render_pieces)->Unit(benchmark::kMillisecond);

void memcpy_text(benchmark::State& state) {
  metrics::Text rendered;
  const std::string_view text = render_into(rendered);
  std::string copy(text.size(), ' ');
  for (auto _ : state) {
    std::memcpy(copy.data(), text.data(), text.size());
    benchmark::DoNotOptimize(copy.data());
    benchmark::ClobberMemory();
  }
  report_size(state, text.size());
}
BENCHMARK(memcpy_text)->Name("memcpy")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace authprobe::bench

BENCHMARK_MAIN();
