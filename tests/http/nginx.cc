#include "tests/http/nginx.h"

#include <filesystem>

namespace authprobe::http_test {
namespace {

// Writes the configuration, and says how to run it.
std::vector<std::string> command(const TempFolder& folder, const std::string& servers, const std::string& log) {
  std::string configuration =
      "daemon off;\nmaster_process off;\npid " + folder.path("nginx.pid") + ";\nerror_log " + log +
      ";\nevents { worker_connections 256; }\nhttp {\naccess_log off;\nssl_protocols TLSv1.2 TLSv1.3;\n";
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    configuration += std::string(kind) + "_temp_path " + folder.path(kind) + ";\n";
  }
  return {"nginx", "-c", folder.write("nginx.conf", configuration + servers + "}\n"), "-e", log};
}

}  // namespace

Nginx::Nginx(const TempFolder& folder, const std::string& servers)
    : process_(command(folder, servers, folder.path("nginx.log")), folder.path("nginx.log"), [&] {
        // nginx writes it when all of its sockets listen, and deletes it when it ends.
        return std::filesystem::exists(folder.path("nginx.pid"));
      }) {}

}  // namespace authprobe::http_test
