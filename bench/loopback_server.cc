// The server that benchmarks probe, in a process of its own so that its CPU is nobody else's: http and https on every
// address of 127.0.0.0/8 (so that TIME_WAIT does not use up ports), and a port that accepts and never answers.
// Prints its ports as JSON, and ends when its standard input does, so that it never outlives the script.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::string_view kBody = "{\"status\":\"ok\",\"id\":42,\"name\":\"loopback\"}\n";

enum class Role { http, https, hang, standard_input };

struct Peer {
  Role role;
  int fd;
  bool listening;
  SSL* ssl = nullptr;
  bool shaken_hands = false;
  std::string received;

  Peer(Role r, int descriptor, bool listens) : role(r), fd(descriptor), listening(listens) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() {
    SSL_free(ssl);
    close(fd);
  }
};

class Server {
 public:
  Server(const std::string& certificate, const std::string& key) : epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    if (!certificate.empty()) load_certificate(certificate, key);
    watch(new Peer(Role::standard_input, STDIN_FILENO, false), EPOLLIN);
  }

  int listen_for(Role role) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    socklen_t length = sizeof address;
    if (bind(fd, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(fd, 4096) != 0)
      throw std::runtime_error("cannot listen on a loopback port");
    getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
    watch(new Peer(role, fd, true), EPOLLIN);
    return ntohs(address.sin_port);
  }

  void run() {
    std::vector<epoll_event> events(512);
    while (true) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        auto* peer = static_cast<Peer*>(events[i].data.ptr);
        if (peer->role == Role::standard_input) {
          char byte;
          if (read(peer->fd, &byte, 1) <= 0) return;
        } else if (peer->listening) {
          accept_all(*peer);
        } else if (!serve(*peer)) {
          delete peer;  // closing takes it out of the epoll set, and each peer has one event a round
        }
      }
    }
  }

 private:
  void load_certificate(const std::string& certificate, const std::string& key) {
    tls_.reset(SSL_CTX_new(TLS_server_method()));
    if (SSL_CTX_use_certificate_chain_file(tls_.get(), certificate.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(tls_.get(), key.c_str(), SSL_FILETYPE_PEM) != 1)
      throw std::runtime_error("cannot read the certificate or its key");
  }

  void watch(Peer* peer, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.ptr = peer;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, peer->fd, &event);
  }

  void accept_all(const Peer& listener) {
    while (true) {
      const int fd = accept4(listener.fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0) return;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto* peer = new Peer(listener.role, fd, false);
      if (listener.role == Role::https) {
        peer->ssl = SSL_new(tls_.get());
        SSL_set_fd(peer->ssl, fd);
      }
      watch(peer, EPOLLIN | EPOLLET);
    }
  }

  // Reads and answers all that is there. False: the connection is over.
  bool serve(Peer& peer) {
    if (peer.ssl != nullptr && !peer.shaken_hands) {
      const int result = SSL_accept(peer.ssl);
      if (result != 1) return wants_more(peer, result);
      peer.shaken_hands = true;
    }
    char buffer[4096];
    while (true) {
      const int got = peer.ssl != nullptr ? SSL_read(peer.ssl, buffer, sizeof buffer)
                                          : static_cast<int>(read(peer.fd, buffer, sizeof buffer));
      if (got <= 0) return wants_more(peer, got);
      if (peer.role == Role::hang) continue;
      peer.received.append(buffer, static_cast<std::size_t>(got));
      if (!answer(peer)) return false;
    }
  }

  static bool wants_more(const Peer& peer, int result) {
    if (peer.ssl == nullptr) return result < 0 && errno == EAGAIN;
    const bool more = SSL_get_error(peer.ssl, result) == SSL_ERROR_WANT_READ;
    ERR_clear_error();
    return more;
  }

  // Answers every whole request in `received`; requests have no bodies. `/served` tells how many others were answered.
  bool answer(Peer& peer) {
    for (std::size_t end; (end = peer.received.find("\r\n\r\n")) != std::string::npos;
         peer.received.erase(0, end + 4)) {
      const bool asks_count = peer.received.starts_with("GET /served ");
      const std::string body = asks_count ? std::to_string(served_) : std::string(kBody);
      if (!asks_count) ++served_;
      std::string text = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: application/json\r\n";
      text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
      const int size = static_cast<int>(text.size());
      const int sent = peer.ssl != nullptr ? SSL_write(peer.ssl, text.data(), size)
                                           : static_cast<int>(write(peer.fd, text.data(), text.size()));
      if (sent != size) return false;
    }
    return true;
  }

  struct FreeContext {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  int epoll_;
  std::unique_ptr<SSL_CTX, FreeContext> tls_;
  std::uint64_t served_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("A fast loopback server to probe");
  std::string certificate;
  std::string key;
  app.add_option("--certificate", certificate, "PEM chain for the https port");
  app.add_option("--key", key, "its private key");
  CLI11_PARSE(app, argc, argv);
  Server server(certificate, key);
  const int http = server.listen_for(Role::http);
  const int https = certificate.empty() ? 0 : server.listen_for(Role::https);
  const int hang = server.listen_for(Role::hang);
  std::printf("{\"http\": %d, \"https\": %d, \"hang\": %d}\n", http, https, hang);
  std::fflush(stdout);
  server.run();
}
