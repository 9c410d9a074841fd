// An HTTP server for pages and scrapes on libmicrohttpd: event-driven, so that slow, idle or half-open clients stall
// nobody.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace authprobe::web {

struct Request {
  std::string method;                                      // "GET", "HEAD", "POST"
  std::string path;                                        // percent-decoded, without the query
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::string_view> parameter(std::string_view name) const;  // the first of that name
  std::optional<std::string_view> header(std::string_view name) const;     // names compare without case
};

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<const std::string> body;  // shared: two scrapers may be sent the same bytes
};

// Answers one request, once, from any thread, now or later. Dropping it unanswered answers 503.
using Reply = std::function<void(Response)>;
using Handler = std::function<void(const Request&, Reply)>;

struct Route {
  std::string path;                  // exact; one that ends in "/*" serves whatever is below it
  std::vector<std::string> methods;  // "GET" implies HEAD
  Handler handler;  // called on a server thread, by several at once; must not block; what it throws answers 500
};

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
