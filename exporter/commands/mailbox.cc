#include "exporter/commands/mailbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

namespace authprobe::commands {

Mailbox::Mailbox() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!fd_) throw std::system_error(errno, std::generic_category(), "eventfd");
}

bool Mailbox::post(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (jobs_.size() >= kMostWaiting) return false;
    jobs_.push_back(std::move(job));
  }
  const std::uint64_t one = 1;
  return ::write(fd_.get(), &one, sizeof one) == sizeof one || errno == EAGAIN;  // EAGAIN: it is readable already
}

void Mailbox::run() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t drained = ::read(fd_.get(), &count, sizeof count);
  std::vector<Job> jobs;
  {
    const std::lock_guard lock(mutex_);
    jobs.swap(jobs_);
  }
  for (const Job& job : jobs) job();
}

}  // namespace authprobe::commands
