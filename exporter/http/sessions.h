// What connection modes `resume` and `reuse` keep from one transfer of a key to the next.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "exporter/http/transfer.h"

namespace authprobe::http {

// What is kept for one key. `resume`: the transfer object, whose libcurl handle holds the TLS sessions. `reuse`: only
// the number, under which libcurl finds the connection again.
struct Session {
  std::uint32_t number = 0;  // unique among the kept ones, given out again once its connections cannot be used any more
  std::shared_ptr<const config::Connection> connection;  // what it was made for: trust above all
  std::unique_ptr<Transfer> transfer;
  std::chrono::steady_clock::time_point full_handshake{};  // the last one
  std::chrono::steady_clock::time_point used{};
  std::optional<std::chrono::sys_seconds> certificate_expiry;  // as the last full handshake showed it
  bool busy = false;
};

class Sessions {
 public:
  using Clock = std::chrono::steady_clock;

  // The session of `key`, made anew where there is none or the connection's settings have changed; null where there is
  // no key, it is busy with another transfer, or too many are kept.
  Session* take(const std::string& key, const std::shared_ptr<const config::Connection>& connection,
                Clock::time_point now);
  void give_back(Session& session, Clock::time_point now);
  void clear();

 private:
  struct FreeNumber {
    std::uint32_t number;
    Clock::time_point since;
  };

  std::uint32_t new_number(Clock::time_point now);
  void drop_unused(Clock::time_point now);

  std::unordered_map<std::string, Session> sessions_;
  std::deque<FreeNumber> free_numbers_;  // oldest first
  std::uint32_t next_number_ = 1;
  Clock::time_point next_sweep_{};
};

}  // namespace authprobe::http
