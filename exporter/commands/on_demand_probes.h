// Who waits for which probe on demand. Those who ask for the same target share one probe, and an answer that is younger
// than a second, so that a flood of requests for /probe is none for the probed API. The probing thread's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "exporter/web/http.h"

namespace authprobe::commands {

class OnDemandProbes {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr std::chrono::seconds kShared{1};

  // The number of the probe to start for whom `reply` answers, within `timeout`. Nothing where it waits for a probe
  // that ends in time, or has an answer already.
  std::optional<std::uint64_t> ask(std::size_t target, std::chrono::milliseconds timeout, web::Reply reply,
                                   Clock::time_point now);

  // The probe has ended, or could not be started: the answer to all who wait for it. Only one that ended is shared with
  // those who come later.
  void finish(std::uint64_t number, const web::Response& answer, Clock::time_point now);
  void refuse(std::uint64_t number, const web::Response& answer);

  // The targets have other numbers now: who waits gets 503.
  void clear();

 private:
  struct Probe {
    std::size_t target = 0;
    Clock::time_point ends;  // at the latest
    std::vector<web::Reply> waiting;
  };
  struct Answer {
    web::Response response;
    Clock::time_point at;
  };

  std::unordered_map<std::uint64_t, Probe> in_progress_;   // by number
  std::unordered_map<std::size_t, std::uint64_t> latest_;  // by target: of those the one that began last
  std::unordered_map<std::size_t, Answer> answers_;        // by target: the young ones
  std::uint64_t last_number_ = 0;
};

}  // namespace authprobe::commands
