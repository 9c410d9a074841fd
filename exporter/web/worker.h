// A thread for long work (rendering a scrape, loading a configuration), so that it delays neither the probing thread
// nor the web server's. Jobs run one after another.
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
  ~Worker();  // drops waiting jobs, waits for the running one
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Any thread. False if too many jobs wait already.
  bool post(Job job);

 private:
  void run();

  const std::size_t most_waiting_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses the other members
};

}  // namespace authprobe::web
