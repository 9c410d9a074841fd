// The load that a set of transfers is put under, the same for ours and for bare libcurl: so many starts each 100 ms (as
// the exporter's schedule does it), or so many kept in flight. `Set` has start(id, url), wait(until) and bool take():
// one finished transfer, true where it was a 200; `failed` counts the others.
#pragma once

#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>

namespace authprobe::bench {

using Clock = std::chrono::steady_clock;

struct Load {
  std::string scheme = "http";
  int port = 0;
  int hosts = 250;      // addresses 127.0.1.1 and up; https has one, which its certificate names
  std::string ca_file;  // PEM, for https
  int per_tick = 10;    // starts each 100 ms, where parallel is 0
  int phase = -1;       // the ticks come so many ms into each tenth of a second of the clock; -1: as it comes
  int parallel = 0;     // closed loop: so many in flight
  std::uint64_t count = 1'000;

  void add_options(CLI::App& app) {
    app.add_option("--scheme", scheme);
    app.add_option("--port", port)->required();
    app.add_option("--hosts", hosts)->check(CLI::Range(1, 60'000));
    app.add_option("--ca-file", ca_file);
    app.add_option("--per-tick", per_tick)->check(CLI::Range(1, 1'000));
    app.add_option("--phase", phase, "milliseconds into each tenth of a second at which ticks come")
        ->check(CLI::Range(0, 99));
    app.add_option("--parallel", parallel, "closed loop with so many in flight, instead of ticks");
    app.add_option("--count", count, "probes in all");
  }

  // The address of the n-th probe.
  std::string url(std::uint64_t n) const {
    const auto host = n % static_cast<std::uint64_t>(hosts);
    const std::string address = scheme == "https"
                                    ? "127.0.0.1"
                                    : "127.0." + std::to_string(1 + host / 250) + "." + std::to_string(1 + host % 250);
    return scheme + "://" + address + ":" + std::to_string(port) + "/t/" + std::to_string(host);
  }
};

inline double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// How much later than asked wait() came back: what held the loop.
class Overrun {
 public:
  void note(Clock::time_point until) {
    const std::chrono::duration<double, std::milli> late = Clock::now() - until;
    worst_ms_ = std::max(worst_ms_, late.count());
  }
  double worst_ms() const { return worst_ms_; }

 private:
  double worst_ms_ = 0;
};

// Runs the load to its end and prints what it cost as one line of JSON.
template <class Set>
void drive(Set& set, const Load& load) {
  std::uint64_t started = 0, finished = 0, failed = 0;
  Overrun overrun;
  const auto take_all = [&] {
    while (const std::optional<bool> good = set.take()) {
      ++finished;
      if (!*good) ++failed;
    }
  };
  const double cpu_before = cpu_seconds();
  const auto begin = Clock::now();
  auto tick = begin;
  if (load.phase >= 0) {
    using std::chrono::milliseconds;
    const auto wall = std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    tick += milliseconds(100 + load.phase) - wall % 100;
  }
  while (finished < load.count) {
    const auto room =
        load.parallel > 0 ? started - finished < static_cast<std::uint64_t>(load.parallel) : Clock::now() >= tick;
    if (room && started < load.count) {
      const auto more = load.parallel > 0 ? static_cast<std::uint64_t>(load.parallel) - (started - finished)
                                          : static_cast<std::uint64_t>(load.per_tick);
      for (std::uint64_t i = 0; i < more && started < load.count; ++i, ++started) set.start(started, load.url(started));
      if (load.parallel == 0) tick += std::chrono::milliseconds(100);
    }
    const auto until =
        load.parallel > 0 || started == load.count ? Clock::now() + std::chrono::milliseconds(100) : tick;
    set.wait(until);
    overrun.note(until);
    take_all();
  }
  const std::chrono::duration<double> wall = Clock::now() - begin;
  const double cpu = cpu_seconds() - cpu_before;
  std::printf("{\"probes\": %llu, \"failed\": %llu, \"cpu_us\": %.2f, \"per_second\": %.0f, \"held_ms\": %.2f}\n",
              static_cast<unsigned long long>(finished), static_cast<unsigned long long>(failed),
              cpu * 1e6 / static_cast<double>(finished), static_cast<double>(finished) / wall.count(),
              overrun.worst_ms());
}

}  // namespace authprobe::bench
