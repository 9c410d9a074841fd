// Bounds what a server may send beside the content of its answer: frames without payload, padding, chunk extensions,
// interim answers. Such bytes pass no callback of libcurl, which 7.88 goes on reading as long as there are more.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>

namespace authprobe::http {

// What a TCP connection has received since it began; 0 where the kernel does not count (a Unix socket).
std::uint64_t bytes_received(int socket);

class FloodLimit {
 public:
  // A hop begins. `content_bytes` is counted up by whoever takes the content, and outlives the hop.
  void begin(const std::uint64_t& content_bytes);

  // Counts what the connections of `context` receive; their reads fail once the limit is passed. They end before this
  // object does.
  void watch(SSL_CTX* context);

  // Looks at a connection now and then: cheap enough for each turn of a transfer.
  void look(int socket);

  bool passed() const { return passed_; }

 private:
  static void on_message(int, int, int, const void*, std::size_t, SSL* ssl, void* self);
  static long on_bio(BIO* bio, int operation, const char*, std::size_t, int, long, int result, std::size_t*);
  bool note(std::uint64_t received);

  const std::uint64_t* content_bytes_ = nullptr;
  unsigned turns_ = 0;
  std::uint64_t received_before_ = 0;  // by a connection that was there before this hop
  bool passed_ = false;
};

}  // namespace authprobe::http
