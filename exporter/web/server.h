// An HTTP server for pages and scrapes on libmicrohttpd: event-driven, so that slow, idle or half-open clients stall
// nobody.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "exporter/web/http.h"

namespace authprobe::web {

class Server {
 public:
  // `addresses`: "host:port", ":port" (all addresses of both families), "[::1]:port"; port 0 takes a free one.
  // Throws std::runtime_error that names the address which cannot be listened on.
  Server(const std::vector<std::string>& addresses, std::vector<Route> routes);
  ~Server();  // answers what is under way with 503 and closes
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // "127.0.0.1:10073" for each address listened on, with real ports.
  std::vector<std::string> addresses() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace authprobe::web
