// A listening TCP socket for one configured address.
#pragma once

#include <string>
#include <utility>

namespace authprobe::web {

class ListenSocket {
 public:
  // `address`: "host:port", "[ipv6]:port", or ":port" for all addresses of both families (IPv4 alone where the kernel
  // has no IPv6). A host name stands for one of its addresses, IPv4 first. Throws std::runtime_error: `listen address
  // "x": ...`.
  explicit ListenSocket(const std::string& address);
  ~ListenSocket();
  ListenSocket(ListenSocket&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), address_(std::move(other.address_)) {}
  ListenSocket(const ListenSocket&) = delete;
  ListenSocket& operator=(const ListenSocket&) = delete;

  int descriptor() const { return descriptor_; }
  // Hands the descriptor over: whoever takes it closes it.
  int release() { return std::exchange(descriptor_, -1); }

  // The address really listened on, numeric: "127.0.0.1:10073", "[::]:10073".
  const std::string& address() const { return address_; }

 private:
  int descriptor_ = -1;
  std::string address_;
};

}  // namespace authprobe::web
