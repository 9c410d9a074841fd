// An HTTP server for pages and scrapes on libmicrohttpd: event-driven, so that slow, idle or half-open clients do not
// delay others.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exporter/web/access_control.h"
#include "exporter/web/http.h"
#include "exporter/web/listen_socket.h"

namespace authprobe::web {

class Server {
 public:
  // `addresses`: "host:port", ":port" (all addresses of both families), "[::1]:port"; port 0 takes a free one.
  // Throws std::runtime_error with the address that cannot be listened on. `access`, never null, decides about every
  // request to every path.
  Server(const std::vector<std::string>& addresses, std::vector<Route> routes,
         std::unique_ptr<AccessControl> access = std::make_unique<AccessControl>());
  // The same on sockets that are listened on already.
  Server(std::vector<ListenSocket> sockets, std::vector<Route> routes, std::unique_ptr<AccessControl> access);
  ~Server();  // answers requests in progress with 503, and closes
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // "127.0.0.1:10073" for each listen address, with actual ports.
  std::vector<std::string> addresses() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace authprobe::web
