// A client of raw sockets, since what is tested are the requests that no HTTP library would send.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace authprobe::web {

class Client {
 public:
  // "127.0.0.1:80" or "[::1]:80"; "[::]:80" and "0.0.0.0:80" mean the loopback address of that family.
  explicit Client(const std::string& address);
  ~Client();
  Client(Client&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), received_(std::move(other.received_)) {}
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Client& send(std::string_view bytes);

  struct Answer {
    int status = 0;       // 0: the connection ended without an answer
    std::string headers;  // with the status line
    std::string body;
    std::string header(std::string_view name) const;
  };
  // The next answer on this connection; `to_head`: none of it is body.
  Answer answer(bool to_head = false);

  // True once the server has closed the connection; waits for it at most so long.
  bool closed_within(std::chrono::milliseconds time);

  void limit_receive_buffer(int bytes);
  std::size_t read_some(std::size_t at_most);
  void close();

 private:
  bool receive();
  int descriptor_;
  std::string received_;
};

// One request on a connection of its own.
Client::Answer get(const std::string& address, const std::string& path, const std::string& headers = "");
Client::Answer request(const std::string& address, const std::string& method, const std::string& path,
                       const std::string& headers = "", const std::string& body = "");

}  // namespace authprobe::web
