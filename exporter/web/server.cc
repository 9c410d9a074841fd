#include "exporter/web/server.h"

#include <algorithm>
#include <chrono>

#include "exporter/web/exchange.h"
#include "exporter/web/listener.h"
#include "exporter/web/messages.h"

namespace authprobe::web {
namespace {

// How long the destructor waits until the last answers are sent.
constexpr std::chrono::milliseconds kFarewell{200};

bool serves(const Route& route, std::string_view path) {
  const std::string_view pattern = route.path;
  if (!pattern.ends_with("/*")) return path == pattern;
  const std::string_view folder = pattern.substr(0, pattern.size() - 1);
  return path.starts_with(folder) && path.size() > folder.size();
}

bool takes(const Route& route, std::string_view method) {
  if (method == "HEAD") method = "GET";
  return std::ranges::find(route.methods, method) != route.methods.end();
}

std::string allowed(const Route& route) {
  std::string list;
  for (const std::string& method : route.methods) {
    list += (list.empty() ? "" : ", ") + method;
    if (method == "GET") list += ", HEAD";
  }
  return list;
}

Response method_not_allowed(const Route& route) {
  Response response = text_response(405, "method not allowed");
  response.headers.emplace_back("Allow", allowed(route));
  return response;
}

void handle(const std::vector<Route>& routes, const Request& request, Reply reply) {
  const auto route = std::ranges::find_if(routes, [&](const Route& r) { return serves(r, request.path); });
  if (route == routes.end()) return reply(text_response(404, "page not found"));
  if (!takes(*route, request.method)) return reply(method_not_allowed(*route));
  route->handler(request, std::move(reply));
}

}  // namespace

// The order of the members defines the order of destruction: listeners before the data of their threads.
class Server::Impl {
 public:
  Impl(std::vector<ListenSocket> sockets, std::vector<Route> routes, std::unique_ptr<AccessControl> access)
      : routes_(std::move(routes)),
        routing_([this](const Request& request, Reply reply) { handle(routes_, request, std::move(reply)); }),
        handler_([this](const Request& request, Reply reply) { access_->handle(request, routing_, std::move(reply)); }),
        access_(std::move(access)) {
    for (ListenSocket& socket : sockets) {
      listeners_.push_back(std::make_unique<Listener>(std::move(socket), handler_, *access_, exchanges_));
    }
  }
  ~Impl() { exchanges_.refuse_all(kFarewell); }

  std::vector<std::string> addresses() const {
    std::vector<std::string> list;
    for (const auto& listener : listeners_) list.push_back(listener->address());
    return list;
  }

 private:
  std::vector<Route> routes_;
  Handler routing_;
  Handler handler_;
  Exchanges exchanges_;
  std::unique_ptr<AccessControl> access_;
  std::vector<std::unique_ptr<Listener>> listeners_;
};

Server::Server(const std::vector<std::string>& addresses, std::vector<Route> routes,
               std::unique_ptr<AccessControl> access)
    : Server(ListenSocket::on_all(addresses), std::move(routes), std::move(access)) {}

Server::Server(std::vector<ListenSocket> sockets, std::vector<Route> routes, std::unique_ptr<AccessControl> access)
    : impl_(std::make_unique<Impl>(std::move(sockets), std::move(routes), std::move(access))) {}

Server::~Server() = default;

std::vector<std::string> Server::addresses() const {
  return impl_->addresses();
}

}  // namespace authprobe::web
