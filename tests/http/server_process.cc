#include "tests/http/server_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace authprobe::http_test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool bindable(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool bound = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return bound;
}

// Whether the port is this process's from now on: an abstract unix socket says so to all tests, until the process ends.
bool kept(std::uint16_t port) {
  const std::string name = '\0' + ("authprobe-test-port-" + std::to_string(port));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), address.sun_path);
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0) return true;
  close(fd);
  return false;
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

std::uint16_t free_port() {
  constexpr std::uint16_t kFirst = 20000;
  constexpr std::uint16_t kLast = 32767;  // net.ipv4.ip_local_port_range begins above it
  static std::minstd_rand random{std::random_device{}()};
  while (true) {
    const auto port = std::uniform_int_distribution<std::uint16_t>(kFirst, kLast)(random);
    if (kept(port) && bindable(port)) return port;
  }
}

bool takes_connections(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

ServerProcess::ServerProcess(std::vector<std::string> command, const std::string& log,
                             const std::function<bool()>& up) {
  std::vector<char*> arguments;
  for (std::string& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  const auto late = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!up()) {
    if (std::chrono::steady_clock::now() > late || waitpid(pid_, nullptr, WNOHANG) == pid_) {
      throw std::runtime_error(command[0] + " does not start: " + text_of(log));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

ServerProcess::~ServerProcess() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

}  // namespace authprobe::http_test
