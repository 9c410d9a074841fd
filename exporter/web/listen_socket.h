// A listening TCP socket for one configured address.
#pragma once

#include <string>

#include "exporter/wire/file_descriptor.h"

namespace authprobe::web {

class ListenSocket {
 public:
  // `address`: "host:port", "[ipv6]:port", or ":port" for all addresses of both families (IPv4 alone where the kernel
  // has no IPv6). A host name stands for one of its addresses, IPv4 first. Throws std::runtime_error: `listen address
  // "x": ...`.
  explicit ListenSocket(const std::string& address);

  int descriptor() const { return descriptor_.get(); }
  // Hands the descriptor over: whoever takes it closes it.
  int release() { return descriptor_.release(); }

  // The address really listened on, numeric: "127.0.0.1:10073", "[::]:10073".
  const std::string& address() const { return address_; }

 private:
  wire::FileDescriptor descriptor_;
  std::string address_;
};

}  // namespace authprobe::web
