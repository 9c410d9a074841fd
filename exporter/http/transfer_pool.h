// The transfer objects, with their libcurl handles: those in progress, and idle ones that serve later requests, with
// the memory of responses that are done with. What connection modes `resume` and `reuse` keep is in their sessions.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "exporter/http/request.h"
#include "exporter/http/response.h"
#include "exporter/http/sessions.h"
#include "exporter/http/transfer.h"

namespace authprobe::http {

class TransferPool {
 public:
  using Clock = std::chrono::steady_clock;

  // `full_handshake_every`: as in TransferSet::Options.
  explicit TransferPool(std::chrono::milliseconds full_handshake_every) : full_handshake_every_(full_handshake_every) {}

  // The object for a request: the one kept for its key, an idle one, or a new one. In progress until release().
  Transfer& adopt(const Request& request, Clock::time_point now);

  // The transfer is over: keeps its object for a later request, unless its handle has sent a body, or is 10 minutes
  // old: from libcurl 8.7 on, what a request had sent stays in the handle's memory until a longer one is written over
  // it.
  void release(Transfer& transfer, Clock::time_point now);

  const std::vector<std::unique_ptr<Transfer>>& in_progress() const { return in_progress_; }

  // Drops those in progress, and all sessions.
  void clear();

  // What recycled responses had.
  AnswerMemory spare_memory();
  void recycle(Response&& response);

 private:
  const std::chrono::milliseconds full_handshake_every_;
  std::vector<std::unique_ptr<Transfer>> in_progress_;  // each at its `position`
  std::deque<std::unique_ptr<Transfer>> idle_;          // the last one that was used at the end
  std::vector<AnswerMemory> spare_memory_;
  Sessions sessions_;
  std::uint64_t last_token_ = 0;
};

}  // namespace authprobe::http
