// The set of HTTP transfers under way: add one, wait for events, take what has finished. Names are resolved by c-ares,
// transfers run on one libcurl multi handle, and both share one epoll instance. Not thread-safe: one thread owns it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "exporter/http/request.h"
#include "exporter/http/response.h"

namespace authprobe::http {

struct Finished {
  std::uint64_t id = 0;  // as given to start()
  Response response;
};

class TransferSet {
 public:
  struct Options {
    std::chrono::milliseconds dns_cache{30'000};  // an answer is kept this long at most
    std::vector<std::string> dns_servers;         // "192.0.2.53", "127.0.0.1:5353"; empty: as /etc/resolv.conf says
    // Connection mode `resume` makes a full handshake when the last one is older than this: a little less than the five
    // minutes that are promised, as the next probe comes an interval later.
    std::chrono::milliseconds full_handshake_every{270'000};

    static Options from(const config::Settings& settings);
  };

  explicit TransferSet(const Options& options);
  ~TransferSet();
  TransferSet(const TransferSet&) = delete;
  TransferSet& operator=(const TransferSet&) = delete;

  // Begins a transfer. Whatever goes wrong, also at once, comes back through next_finished().
  void start(std::uint64_t id, Request&& request);

  // Runs `on_readable` inside wait() whenever `fd` is readable. The caller keeps `fd` open until this set is gone.
  void watch(int fd, std::function<void()> on_readable);

  // Handles events until a transfer has finished, a watched descriptor was readable, or `until` has come.
  void wait(std::chrono::steady_clock::time_point until);

  // What has finished since next_finished() last returned null.
  std::span<const Finished> finished() const;

  // The next finished transfer, oldest first; null: there is none. It is the caller's until the next call.
  Finished* next_finished();

  // Takes a response that is done with: its memory serves a later one, which spares most of what allocating costs.
  void recycle(Response&& response);

  std::size_t in_flight() const;

  // Ends every transfer without a result, and closes kept connections and sessions.
  void cancel_all();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace authprobe::http
