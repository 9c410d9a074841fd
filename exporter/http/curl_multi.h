// libcurl's multi handle on an epoll instance: it runs the transfers that are added to it, whenever their sockets or
// its timer are due. Not thread-safe.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <optional>

#include "exporter/http/curl_handles.h"
#include "exporter/http/poller.h"
#include "exporter/http/turn_guard.h"

namespace authprobe::http {

class Transfer;

class CurlMulti {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr auto kNever = Clock::time_point::max();

  explicit CurlMulti(Poller& poller) : poller_(poller) { open(); }
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // A new handle. The one before, which has no transfer left, closes its kept connections.
  void open();

  // Null, or why the transfer cannot run.
  const char* add(Transfer& transfer);
  void remove(const Transfer& transfer);

  // For descriptors that the poller reports for Owner::transfer. True: a transfer that did not release the thread was
  // cut off.
  bool handle(const Poller::Event& event);

  // The time at which run_timer() has work; kNever without one.
  Clock::time_point deadline() const { return deadline_; }
  bool run_timer();  // true as above

  // A transfer that has ended. It is to be removed before anything else is done with it.
  struct Done {
    Transfer& transfer;
    CURLcode result;
  };
  std::optional<Done> next_done();

  // The socket whose event libcurl is handling; -1: none.
  const int* turn_socket() const { return &turn_socket_; }

 private:
  static int on_socket(CURL* easy, curl_socket_t fd, int what, void* self, void* socket_data);
  static int on_timer(CURLM* multi, long timeout_ms, void* self);

  Poller& poller_;
  TurnGuard guard_;
  int turn_socket_ = -1;
  Clock::time_point deadline_ = kNever;
  MultiHandle multi_;
};

}  // namespace authprobe::http
