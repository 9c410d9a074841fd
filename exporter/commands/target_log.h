// What the log says of targets: changes, not probes; the metrics count the rest. What happens to many targets of one
// credential at once is told for the first of them, and then as a number.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "exporter/commands/log.h"
#include "exporter/config/config.h"
#include "exporter/prober/probe_record.h"

namespace authprobe::commands {

class TargetLog {
 public:
  using Clock = std::chrono::steady_clock;

  explicit TargetLog(Log& log) : log_(log) {}

  // A line where the target's state or status class has changed.
  void record(const config::Target& target, const prober::ProbeRecord& record, Clock::time_point now);
  void record(const config::Target& target, const prober::DiagnosisUpdate& update, Clock::time_point now);

  // To be called now and then: tells how many lines were left out.
  void note(Clock::time_point now);

 private:
  static constexpr std::size_t kLines = 10;        // of one message and credential, in kWindow
  static constexpr std::size_t kLinesAlone = 100;  // likewise, of targets without a credential: each is on its own
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::chrono::seconds kSummaryAfter{10};

  struct Window {
    Clock::time_point begun;
    Clock::time_point left_out_since;
    std::size_t lines = 0;
    std::size_t left_out = 0;  // since the last summary
  };

  bool has_room(std::string_view message, const std::string& credential, Clock::time_point now);

  Log& log_;
  std::map<std::pair<std::string_view, std::string>, Window> windows_;  // by message and credential
};

}  // namespace authprobe::commands
