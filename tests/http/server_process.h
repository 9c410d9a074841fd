// A program that serves on loopback for the length of a test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace authprobe::http_test {

// A port of 127.0.0.1 that nobody listens on. It is below those that the kernel gives to connections, and stays with
// this process: no other test gets it.
std::uint16_t free_port();

bool takes_connections(std::uint16_t port);

class ServerProcess {
 public:
  // Runs a program of the PATH, with its output in `log`. Throws where it is not `up` within ten seconds.
  ServerProcess(std::vector<std::string> command, const std::string& log, const std::function<bool()>& up);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

 private:
  pid_t pid_ = -1;
};

}  // namespace authprobe::http_test
