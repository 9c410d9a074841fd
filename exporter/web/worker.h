// A thread for work that may take a while (rendering a scrape, loading a configuration), so that it holds up neither
// the probing thread nor the web server's. Jobs run one after another.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace authprobe::web {

class Worker {
 public:
  using Job = std::function<void()>;

  explicit Worker(std::size_t most_waiting = 1'000) : most_waiting_(most_waiting), thread_([this] { run(); }) {}
  ~Worker();  // jobs that wait are dropped, the one that runs is waited for
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Any thread. False where too many jobs wait already.
  bool post(Job job);

 private:
  void run();

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace authprobe::web
