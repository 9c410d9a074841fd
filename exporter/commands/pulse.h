// The time of the probing loop's last turn: shows other threads that it runs. Written by the loop, read by any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

namespace authprobe::commands {

class Pulse {
 public:
  using Clock = std::chrono::steady_clock;

  // The loop turns at least once a second. No turn takes as long as this, even on a busy machine.
  static constexpr std::chrono::seconds kLongestSilence{10};

  explicit Pulse(Clock::time_point now) : last_(now.time_since_epoch()) {}

  void beat(Clock::time_point now) { last_.store(now.time_since_epoch(), std::memory_order_relaxed); }

  // The fault, as text for people; nothing while the loop turns.
  std::optional<std::string> trouble(Clock::time_point now) const {
    const auto silent = now.time_since_epoch() - last_.load(std::memory_order_relaxed);
    if (silent < kLongestSilence) return std::nullopt;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(silent).count();
    return "the probing loop has not turned for " + std::to_string(seconds) + " s";
  }

 private:
  std::atomic<Clock::duration> last_;
};

}  // namespace authprobe::commands
