// A listening TCP socket for one configured address.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "exporter/wire/file_descriptor.h"

namespace authprobe::web {

class ListenSocket {
 public:
  // `address`: "host:port", "[ipv6]:port", or ":port" for all addresses of both families (only IPv4 if the kernel has
  // no IPv6). A host name means one of its addresses, IPv4 first. Throws std::runtime_error: `listen address "x":
  // ...`.
  explicit ListenSocket(const std::string& address);

  // One for each address. Throws likewise.
  static std::vector<ListenSocket> on_all(const std::vector<std::string>& addresses);

  // Those that systemd listens on for this process (sd_listen_fds(3): LISTEN_PID, LISTEN_FDS). Throws
  // std::runtime_error where there is none, or where one is no listening stream socket.
  static std::vector<ListenSocket> from_systemd();

  int descriptor() const { return descriptor_.get(); }
  // Returns the descriptor; the caller closes it.
  int release() { return descriptor_.release(); }

  // The actual listen address, numeric: "127.0.0.1:10073", "[::]:10073"; of a local socket its path,
  // "unix:/run/x".
  const std::string& address() const { return address_; }

 private:
  ListenSocket(wire::FileDescriptor descriptor, std::string address)
      : descriptor_(std::move(descriptor)), address_(std::move(address)) {}

  wire::FileDescriptor descriptor_;
  std::string address_;
};

}  // namespace authprobe::web
