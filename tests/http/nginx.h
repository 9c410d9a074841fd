// A real nginx on loopback for tests: https with the names and certificates that a test wants, IPv6, a unix socket.
#pragma once

#include <string>

#include "tests/http/server_process.h"
#include "tests/support/temp_folder.h"

namespace authprobe::http_test {

class Nginx {
 public:
  // `servers` is the inside of nginx's http block, with "server" blocks.
  Nginx(const TempFolder& folder, const std::string& servers);

 private:
  ServerProcess process_;
};

}  // namespace authprobe::http_test
