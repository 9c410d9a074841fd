// A program that serves on loopback for the length of a test.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace authprobe::http_test {

// A port that was free a moment ago.
std::uint16_t free_port();

class ServerProcess {
 public:
  // Runs a program of the PATH, with its output in `log`. Throws where it is not up within five seconds: `ready_port`
  // on 127.0.0.1 takes connections.
  ServerProcess(std::vector<std::string> command, const std::string& log, std::uint16_t ready_port);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

 private:
  pid_t pid_ = -1;
};

}  // namespace authprobe::http_test
