// A scripted HTTP server on loopback for tests: it sends raw bytes as told, well-formed or not, and records the raw
// requests that it receives. One thread, any number of connections, plain TCP only.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace authprobe::http_test {

// What is sent for one request, and what becomes of the connection then.
struct Answer {
  enum class Then {
    close,   // an orderly end
    keep,    // the next request may come on the same connection
    hang,    // nothing more is sent, the connection stays open
    reset,   // RST
    repeat,  // `repeated` is sent again and again, as long as it is taken
    drip,    // likewise, one byte each 20 ms
    tunnel,  // bytes go to and fro between the client and `tunnel_port` on 127.0.0.1 (a proxy's CONNECT)
  };
  std::string bytes{};
  Then then = Then::close;
  std::string repeated{};
  std::uint16_t tunnel_port = 0;
};

// "HTTP/1.1 200 OK" with Content-Length, the given header lines (each ended by CRLF) and body.
Answer answer(int status, const std::string& body = "", const std::string& header_lines = "");
Answer redirect(int status, const std::string& location);

class LoopbackServer {
 public:
  // Called on the server's thread with the whole raw request: head, blank line, body by its Content-Length.
  using Script = std::function<Answer(const std::string& request)>;

  // Listens on `address`, port 0 takes a free one. Throws std::system_error.
  explicit LoopbackServer(Script script, const std::string& address = "127.0.0.1", std::uint16_t port = 0);
  explicit LoopbackServer(Answer always, const std::string& address = "127.0.0.1", std::uint16_t port = 0)
      : LoopbackServer([always = std::move(always)](const std::string&) { return always; }, address, port) {}
  ~LoopbackServer();
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& path = "/") const;

  std::vector<std::string> requests() const;                // raw, in order of arrival
  std::string last_request() const;                         // empty: none came
  std::size_t connections() const { return connections_; }  // accepted so far
  // Waits until no connection is open; false after five seconds.
  bool wait_until_idle();

 private:
  struct Peer {
    std::string received;
    std::string to_send;
    Answer answer;
    bool answered = false;  // what follows to_send is said by answer.then
    int tunnel = -1;        // the other end's descriptor
    bool is_far_end = false;
  };

  void run();
  void accept_all();
  void on_input(int fd);
  void serve(int fd, Peer& peer);
  bool push(int fd, Peer& peer);
  bool after_sent(int fd, Peer& peer);
  void open_tunnel(int fd, Peer& peer);
  void drop(int fd);

  const Script script_;
  int listener_ = -1;
  int wake_ = -1;
  std::uint16_t port_ = 0;
  std::map<int, Peer> peers_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> requests_;
  std::size_t open_ = 0;
  std::atomic<std::size_t> connections_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace authprobe::http_test
