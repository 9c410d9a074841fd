// One listen address: its libmicrohttpd daemon, the daemon's thread, and the clients connected to it.
#pragma once

#include <memory>
#include <string>

#include "exporter/web/access_control.h"
#include "exporter/web/exchange.h"
#include "exporter/web/listen_socket.h"

namespace authprobe::web {

class Listener {
 public:
  // `handler` is called on this listener's own thread; it, `access` and `exchanges` outlive the listener.
  Listener(ListenSocket socket, const Handler& handler, AccessControl& access, Exchanges& exchanges);
  ~Listener();  // closes every connection; no exchange may be waiting for its answer (Exchanges::refuse_all)
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  const std::string& address() const { return address_; }

 private:
  class Daemon;
  std::string address_;
  std::unique_ptr<Daemon> daemon_;
};

}  // namespace authprobe::web
