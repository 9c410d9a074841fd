#include "exporter/web/listen_socket.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <system_error>

#include "exporter/wire/owned.h"

namespace authprobe::web {
namespace {

struct HostPort {
  std::string host;  // empty: all addresses
  std::string port;
};

using AddressList = wire::Owned<addrinfo, freeaddrinfo>;

[[noreturn]] void fail(const std::string& address, const std::string& why) {
  throw std::runtime_error("listen address \"" + address + "\": " + why);
}

std::string system_error_text(int error) {
  return std::generic_category().message(error);
}

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port <= 65535;
}

HostPort split(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos) fail(address, "no port: write host:port, [ipv6]:port or :port");
  HostPort parts{address.substr(0, colon), address.substr(colon + 1)};
  if (!is_port(parts.port)) fail(address, "the port must be a number from 0 to 65535");
  if (parts.host.starts_with('[')) {
    if (!parts.host.ends_with(']') || parts.host.size() < 3)
      fail(address, "write an IPv6 address in brackets: [::1]:port");
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  } else if (parts.host.find_first_of(":]") != std::string::npos) {
    fail(address, "write an IPv6 address in brackets: [::1]:port");
  }
  return parts;
}

AddressList resolve(const std::string& address, const HostPort& parts, int family) {
  addrinfo hints{};
  hints.ai_family = family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(parts.host.empty() ? nullptr : parts.host.c_str(), parts.port.c_str(), &hints, &found);
  if (error != 0) fail(address, error == EAI_SYSTEM ? system_error_text(errno) : gai_strerror(error));
  return AddressList(found);
}

const addrinfo& preferred(const addrinfo& first) {
  for (const addrinfo* at = &first; at != nullptr; at = at->ai_next) {
    if (at->ai_family == AF_INET) return *at;
  }
  return first;
}

// None after a failure: errno has the reason.
wire::FileDescriptor try_listen(const addrinfo& at, bool both_families) {
  wire::FileDescriptor descriptor(socket(at.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!descriptor) return {};
  const int yes = 1;
  const int v6_only = both_families ? 0 : 1;
  setsockopt(descriptor.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (at.ai_family == AF_INET6) setsockopt(descriptor.get(), IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof v6_only);
  if (bind(descriptor.get(), at.ai_addr, at.ai_addrlen) == 0 && listen(descriptor.get(), SOMAXCONN) == 0) {
    return descriptor;
  }
  const int error = errno;
  descriptor.reset();
  errno = error;
  return {};
}

wire::FileDescriptor listen_on(const std::string& address, const HostPort& parts) {
  if (parts.host.empty()) {
    wire::FileDescriptor descriptor = try_listen(*resolve(address, parts, AF_INET6), true);
    const bool no_ipv6 = !descriptor && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL);
    if (!no_ipv6) return descriptor;
    return try_listen(*resolve(address, parts, AF_INET), false);
  }
  const AddressList found = resolve(address, parts, AF_UNSPEC);
  return try_listen(preferred(*found), false);
}

std::string local_address(int descriptor) {
  sockaddr_storage storage{};
  socklen_t length = sizeof storage;
  auto* const name = reinterpret_cast<sockaddr*>(&storage);
  char host[NI_MAXHOST] = "";
  char port[NI_MAXSERV] = "";
  if (getsockname(descriptor, name, &length) != 0) return "";
  if (storage.ss_family == AF_UNIX) return std::string("unix:") + reinterpret_cast<sockaddr_un*>(&storage)->sun_path;
  getnameinfo(name, length, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  const bool v6 = storage.ss_family == AF_INET6;
  return (v6 ? "[" : "") + std::string(host) + (v6 ? "]:" : ":") + port;
}

// The value of an environment variable as a number; -1 where it is none.
long number_in_environment(const char* name) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody sets any
  if (text == nullptr) return -1;
  long number = -1;
  const char* const end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, number);
  return error == std::errc{} && rest == end ? number : -1;
}

bool is_listening_stream(int descriptor) {
  int value = 0;
  socklen_t size = sizeof value;
  if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &value, &size) != 0 || value != SOCK_STREAM) return false;
  return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value != 0;
}

}  // namespace

std::vector<ListenSocket> ListenSocket::on_all(const std::vector<std::string>& addresses) {
  std::vector<ListenSocket> sockets;
  for (const std::string& address : addresses) sockets.emplace_back(address);
  return sockets;
}

std::vector<ListenSocket> ListenSocket::from_systemd() {
  constexpr int kFirst = 3;  // SD_LISTEN_FDS_START
  constexpr long kMost = 64;
  const long count = number_in_environment("LISTEN_PID") == getpid() ? number_in_environment("LISTEN_FDS") : 0;
  if (count < 1 || count > kMost)
    throw std::runtime_error("no socket from systemd: LISTEN_FDS says none for this process");
  std::vector<ListenSocket> sockets;
  for (int fd = kFirst; fd < kFirst + count; ++fd) {
    wire::FileDescriptor descriptor(fd);
    if (!is_listening_stream(fd)) {
      throw std::runtime_error("socket " + std::to_string(fd) + " from systemd is no listening stream socket");
    }
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    sockets.push_back(ListenSocket(std::move(descriptor), local_address(fd)));
  }
  return sockets;
}

ListenSocket::ListenSocket(const std::string& address) {
  descriptor_ = listen_on(address, split(address));
  if (!descriptor_) fail(address, system_error_text(errno));
  address_ = local_address(descriptor_.get());
}

}  // namespace authprobe::web
