// One epoll instance for the sockets of libcurl and c-ares and for the caller's descriptors. If a descriptor was closed
// and its number reused after an event was fetched, a generation count detects this, and the event is dropped.
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
  enum class Owner : std::uint8_t { transfer, resolver, race, message, caller };

  struct Event {
    int fd;
    Owner owner;
    std::uint32_t events;  // EPOLLIN and so on
  };

  Poller();  // throws std::system_error

  // Watches `fd` for `events` from now on; 0 stops watching. False if the kernel refuses the descriptor.
  bool set(int fd, Owner owner, std::uint32_t events);

  // Fetches events; a negative timeout waits for ever. Events of an earlier wait are dropped.
  void wait(std::chrono::milliseconds timeout);

  // The next fetched event whose descriptor is still the watched one.
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
