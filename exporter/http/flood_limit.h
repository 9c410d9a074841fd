// Bounds the bytes of a server beside the content of its answer: frames without payload, padding, chunk extensions,
// interim answers. libcurl has no callback for such bytes, and 7.88 reads as long as there are more.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>

namespace authprobe::http {

// The bytes that a TCP connection has received so far; 0 if the kernel does not count them (a Unix socket).
std::uint64_t bytes_received(int socket);

class FloodLimit {
 public:
  // A hop begins. The reader of the content increases `content_bytes`, which outlives the hop.
  void begin(const std::uint64_t& content_bytes);

  // Counts the bytes that the connections of `context` receive; their reads fail above the limit. This object outlives
  // them.
  void watch(SSL_CTX* context);

  // Checks a connection from time to time: cheap enough for each turn of a transfer.
  void look(int socket);

  bool passed() const { return passed_; }

 private:
  static void on_message(int, int, int, const void*, std::size_t, SSL* ssl, void* self);
  static long on_bio(BIO* bio, int operation, const char*, std::size_t, int, long, int result, std::size_t*);
  bool note(std::uint64_t received);

  const std::uint64_t* content_bytes_ = nullptr;
  unsigned turns_ = 0;
  std::uint64_t received_before_ = 0;  // by a connection from before this hop
  bool passed_ = false;
};

}  // namespace authprobe::http
