// A real nginx on loopback for tests: https with the names and certificates that a test wants, IPv6, a unix socket.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "tests/support/temp_folder.h"

namespace authprobe::http_test {

// A port that was free a moment ago.
std::uint16_t free_port();

class Nginx {
 public:
  // `servers` is the inside of nginx's http block, with "server" blocks. Throws where nginx is not up within five
  // seconds: `ready_port` on 127.0.0.1 takes connections.
  Nginx(const TempFolder& folder, const std::string& servers, std::uint16_t ready_port);
  ~Nginx();
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

 private:
  pid_t pid_ = -1;
};

}  // namespace authprobe::http_test
