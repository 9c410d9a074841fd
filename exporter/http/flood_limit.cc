#include "exporter/http/flood_limit.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

namespace authprobe::http {
namespace {

// Headers (64 KiB at most), certificates and the framing of any answer are far below. The factor leaves room for a body
// that comes in frames or chunks of a few bytes.
constexpr std::uint64_t kBesideContent = std::uint64_t{1} << 20;
constexpr std::uint64_t kPerContentByte = 4;
constexpr unsigned kTurnsBetweenLooks = 32;  // a turn of a plain connection reads 16 KiB

}  // namespace

std::uint64_t bytes_received(int socket) {
  tcp_info info{};
  socklen_t length = sizeof info;
  return getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &length) == 0 ? info.tcpi_bytes_received : 0;
}

void FloodLimit::begin(const std::uint64_t& content_bytes) {
  *this = {};
  content_bytes_ = &content_bytes;
}

bool FloodLimit::note(std::uint64_t received) {
  passed_ = passed_ || received > kBesideContent + kPerContentByte * *content_bytes_;
  return passed_;
}

void FloodLimit::watch(SSL_CTX* context) {
  SSL_CTX_set_msg_callback(context, &on_message);
  SSL_CTX_set_msg_callback_arg(context, this);
}

// The first message is ours, and the first moment at which the connection has its BIO.
void FloodLimit::on_message(int, int, int, const void*, std::size_t, SSL* ssl, void* self) {
  BIO* bio = SSL_get_rbio(ssl);
  BIO_set_callback_arg(bio, static_cast<char*>(self));
  BIO_set_callback_ex(bio, &on_bio);
  SSL_set_msg_callback(ssl, nullptr);
}

long FloodLimit::on_bio(BIO* bio, int operation, const char*, std::size_t, int, long, int result, std::size_t*) {
  if (operation != BIO_CB_READ) return result;
  auto* self = reinterpret_cast<FloodLimit*>(BIO_get_callback_arg(bio));
  return self->note(BIO_number_read(bio)) ? -1 : result;
}

void FloodLimit::look(int socket) {
  if (++turns_ % kTurnsBetweenLooks != 0) return;
  const std::uint64_t received = bytes_received(socket);
  if (turns_ == kTurnsBetweenLooks) received_before_ = received;
  note(std::max(received, received_before_) - received_before_);
}

}  // namespace authprobe::http
