// Carries work from the web server's threads to the probing thread, which runs it between two turns of its loop.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

namespace authprobe::commands {

class Mailbox {
 public:
  using Job = std::function<void()>;

  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Any thread. False where so many jobs wait already that one more would not be done in time.
  bool post(Job job);

  // Readable while jobs wait.
  int fd() const { return fd_; }

  // Runs what waits. The probing thread only.
  void run();

 private:
  static constexpr std::size_t kMostWaiting = 1'000;
  int fd_;
  std::mutex mutex_;
  std::vector<Job> jobs_;
};

}  // namespace authprobe::commands
