// Ends what does not let go of the thread that handles transfers. libcurl reads on within one turn as long as there is
// something to read that yields no content (an HTTP/2 frame without payload), and looks at no timeout in between.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <ctime>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace authprobe::http {

class TurnGuard {
 public:
  static constexpr int kAnySocket = -2;

  TurnGuard();
  ~TurnGuard();
  TurnGuard(const TurnGuard&) = delete;
  TurnGuard& operator=(const TurnGuard&) = delete;

  // A socket is of a transfer, or is no longer.
  void note(int socket, bool in_use);

  // A turn begins, always on the same thread: for the event of one socket, or for whichever has something to do.
  void begin(int socket);

  // It has ended. True where it took so much of the processor that its socket was shut down.
  bool end();

 private:
  struct Sample {
    int socket;
    std::uint64_t received;
  };

  void run();
  void look();
  void cut(int socket);
  void cut_the_busiest();
  std::vector<Sample> sample() const;

  // Of the thread whose turns these are: a machine that is slow or stopped is nobody's fault.
  std::optional<clockid_t> processor_time_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<bool> in_use_;  // by socket
  int socket_ = -1;           // the turn's; -1: none is under way
  std::uint64_t turn_ = 0;
  std::uint64_t seen_turn_ = 0;
  std::int64_t seen_at_ = 0;     // processor time, in ns
  std::vector<Sample> samples_;  // in a turn for any socket that is too long
  bool cut_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace authprobe::http
