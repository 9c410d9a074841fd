// One epoll instance for the sockets of libcurl and c-ares and for the caller's descriptors. An event that was fetched
// before its descriptor was closed, and its number given to another, is recognised by a generation count and dropped.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "exporter/wire/file_descriptor.h"

namespace authprobe::http {

class Poller {
 public:
  enum class Owner : std::uint8_t { transfer, resolver, race, caller };

  struct Event {
    int fd;
    Owner owner;
    std::uint32_t events;  // EPOLLIN and so on
  };

  Poller();  // throws std::system_error

  // Watches `fd` for `events` from now on; 0 ends that. False where the kernel refuses the descriptor.
  bool set(int fd, Owner owner, std::uint32_t events);

  // Fetches events; a negative timeout waits for ever. The ones of an earlier wait are dropped.
  void wait(std::chrono::milliseconds timeout);

  // The next event fetched whose descriptor is still the one that was watched.
  std::optional<Event> next();

 private:
  struct Watched {
    std::uint32_t generation = 0;
    Owner owner = Owner::caller;
    bool active = false;
  };

  wire::FileDescriptor epoll_;
  std::vector<Watched> watched_;  // by descriptor
  std::array<epoll_event, 256> fetched_;
  std::size_t fetched_count_ = 0;
  std::size_t next_ = 0;
};

}  // namespace authprobe::http
