// Carries work from the web server's threads to the probing thread, which runs it between two turns of its loop.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "exporter/wire/file_descriptor.h"

namespace authprobe::commands {

class Mailbox {
 public:
  using Job = std::function<void()>;

  Mailbox();

  // Any thread. False if so many jobs wait already that one more would not be done in time.
  bool post(Job job);

  // Readable while jobs wait.
  int fd() const { return fd_.get(); }

  // Runs the waiting jobs. The probing thread only.
  void run();

 private:
  static constexpr std::size_t kMostWaiting = 1'000;
  wire::FileDescriptor fd_;
  std::mutex mutex_;
  std::vector<Job> jobs_;
};

}  // namespace authprobe::commands
