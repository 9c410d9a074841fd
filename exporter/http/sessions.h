// The state that connection modes `resume` and `reuse` keep from one transfer of a key to the next.
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

// The state of one key. `resume`: the transfer object, which holds the TLS sessions. `reuse`: only the
// number by which libcurl finds the connection again.
struct Session {
  std::uint32_t number = 0;  // unique among the kept sessions, reused when its connections can no longer be used
  std::shared_ptr<const config::Connection> connection;  // the settings it was made for, especially the trust
  std::unique_ptr<Transfer> transfer;
  std::chrono::steady_clock::time_point full_handshake{};  // the last one
  std::chrono::steady_clock::time_point used{};
  // From the last full handshake.
  std::optional<std::chrono::sys_seconds> certificate_expiry;
  std::shared_ptr<const CertificateChain> certificate_chain;
  bool busy = false;
};

class Sessions {
 public:
  using Clock = std::chrono::steady_clock;

  // The session of `key`; a new one if there is none or the connection's settings have changed. Null without a key, if
  // another transfer uses the session, or if too many are kept.
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
