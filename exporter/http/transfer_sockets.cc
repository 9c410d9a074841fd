// Whom a Transfer's sockets go to, where libcurl does not decide it alone.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "exporter/http/connection_race.h"
#include "exporter/http/transfer.h"
#include "exporter/wire/text.h"

namespace authprobe::http {

// libcurl hands out what a proxy answers to CONNECT without its body: on_tunnel_answer() looks for that in the socket.
// Of several addresses, one that does not answer is overtaken: connected() looks at the sockets then.
void Transfer::set_sockets() {
  const bool tunnel = contact_.proxy != nullptr && url().https();
  tunnel_ = tunnel ? Tunnel::asked_for : Tunnel::none;
  sockets_.clear();
  own_socket_.reset();
  handed_over_ = CURL_SOCKET_BAD;
  socket_error_ = 0;
  const bool wanted = tunnel || has_several_addresses();
  if (wanted == known_.sockets) return;
  const curl_sockopt_callback remember = [](void* self, curl_socket_t socket, curlsocktype) {
    return static_cast<Transfer*>(self)->on_socket(socket);
  };
  curl_easy_setopt(easy(), CURLOPT_SOCKOPTFUNCTION, wanted ? remember : nullptr);
  curl_easy_setopt(easy(), CURLOPT_SOCKOPTDATA, this);
  known_.sockets = wanted;
}

int Transfer::on_socket(curl_socket_t socket) {
  proxy_socket_ = socket;
  if (socket == handed_over_) return CURL_SOCKOPT_ALREADY_CONNECTED;
  struct stat file {};
  if (fstat(socket, &file) == 0) sockets_.push_back({socket, file.st_ino});
  return CURL_SOCKOPT_OK;
}

curl_socket_t Transfer::open_socket(const curl_sockaddr& address) {
  if (own_socket_) return handed_over_ = own_socket_.release();
  const int opened = socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
  if (opened < 0) socket_error_ = errno;
  return opened;
}

bool Transfer::lacks_resources() const {
  return socket_error_ == EMFILE || socket_error_ == ENFILE || socket_error_ == ENOBUFS || socket_error_ == ENOMEM;
}

bool Transfer::has_several_addresses() const {
  return addresses_.find(',') != std::string::npos;
}

// A kept connection has opened no socket. The number of one that libcurl has closed may be another's by now.
bool Transfer::connected() const {
  return sockets_.empty() || std::ranges::any_of(sockets_, [](const Socket& opened) {
           struct stat file {};
           sockaddr_storage peer{};
           socklen_t size = sizeof peer;
           return fstat(opened.fd, &file) == 0 && file.st_ino == opened.inode &&
                  getpeername(opened.fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
         });
}

void Transfer::take_connection(RacedConnection&& connection, Clock::time_point now) {
  const auto connect = static_cast<std::size_t>(Phase::connect);
  response_.phase_seconds[connect] += std::chrono::duration<double>(now - set_up_at_).count();
  response_.unanswered_addresses = std::move(connection.unanswered);
  set_up_at_ = now;
  resolve_line_ = connect_name_ + ':' + std::to_string(contact_.port) + ':' + connection.address;
  resolve_ = {resolve_line_.data(), nullptr};
  curl_easy_setopt(easy(), CURLOPT_RESOLVE, &resolve_);
  set_timeout(now);
  libcurl_words_[0] = '\0';
  own_socket_ = std::move(connection.socket);
}

// Of a name that has several addresses: those that were not connected to.
void Transfer::note_other_addresses() {
  response_.other_addresses.clear();
  if (!hop_.own_origin) return;  // of another host, where nothing of ours is to be sent
  if (!has_several_addresses()) return;
  std::string_view rest = addresses_;
  while (!rest.empty()) {
    std::string_view address = wire::take_part(rest, ',');
    if (address.starts_with('[')) address = address.substr(1, address.size() - 2);
    if (address != response_.address) response_.other_addresses.emplace_back(address);
  }
}

}  // namespace authprobe::http
