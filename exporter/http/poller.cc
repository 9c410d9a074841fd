#include "exporter/http/poller.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>

namespace authprobe::http {

Poller::Poller() : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
}

bool Poller::set(int fd, Owner owner, std::uint32_t events) {
  const auto index = static_cast<std::size_t>(fd);
  if (index >= watched_.size()) watched_.resize(index + 64);
  Watched& watched = watched_[index];
  if (events == 0) {
    watched.active = false;
    ++watched.generation;
    return true;
  }
  epoll_event event{};
  event.events = events;
  event.data.u64 = std::uint64_t{watched.generation} << 32 | static_cast<std::uint32_t>(fd);
  watched.owner = owner;
  const int first = watched.active ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  const int second = watched.active ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  watched.active = epoll_ctl(epoll_.get(), first, fd, &event) == 0 || epoll_ctl(epoll_.get(), second, fd, &event) == 0;
  return watched.active;
}

void Poller::wait(std::chrono::milliseconds timeout) {
  const auto bounded = static_cast<int>(std::min<std::chrono::milliseconds::rep>(timeout.count(), INT_MAX));
  const int count = epoll_wait(epoll_.get(), fetched_.data(), static_cast<int>(fetched_.size()), bounded);
  fetched_count_ = count > 0 ? static_cast<std::size_t>(count) : 0;  // EINTR: the caller handles signals
  next_ = 0;
}

std::optional<Poller::Event> Poller::next() {
  while (next_ < fetched_count_) {
    const epoll_event& event = fetched_[next_++];
    const auto fd = static_cast<std::uint32_t>(event.data.u64);
    const Watched& watched = watched_[fd];
    if (watched.active && watched.generation == event.data.u64 >> 32) {
      return Event{static_cast<int>(fd), watched.owner, event.events};
    }
    // No longer watched, and still open (or just closed, which is the error then).
    if (!watched.active) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, static_cast<int>(fd), nullptr);
  }
  return std::nullopt;
}

}  // namespace authprobe::http
