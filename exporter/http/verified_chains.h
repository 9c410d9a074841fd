// Server certificate chains that were verified lately. To verify one costs more than the rest of a handshake, and an
// API shows the same chain for weeks; browsers remember verified chains too. A handshake's own signature is checked
// each time, whatever is remembered: it proves that the server has the leaf's key.
#pragma once

#include <openssl/x509.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>

#include "exporter/http/certificate_chain.h"
#include "exporter/wire/time.h"

namespace authprobe::http {

// Without certificates whose times cannot be read.
std::shared_ptr<const CertificateChain> facts_of(const STACK_OF(X509) * chain, bool verified);

// What was verified against one trust store. A store that is read anew begins with an empty memory.
class VerifiedChains {
 public:
  static constexpr std::size_t kMost = 20'000;  // distinct chains

  // SHA-256 of all that a verification depends on besides the store and the time.
  using Key = std::array<unsigned char, 32>;

  // The certificates that the server has sent, byte for byte and in their order, the server's name, and the settings
  // of the verification. Nothing where it cannot be computed.
  static std::optional<Key> key_of(X509_STORE_CTX* context);

  // The chain that was verified for `key` at most `longest` ago, and in which every certificate is valid now. Null:
  // there is none.
  std::shared_ptr<const CertificateChain> find(const Key& key, WallTime now, std::chrono::milliseconds longest);

  void add(const Key& key, std::shared_ptr<const CertificateChain> chain, WallTime now);

 private:
  struct Entry {
    std::shared_ptr<const CertificateChain> chain;
    WallTime verified;
  };
  std::map<Key, Entry> entries_;
};

}  // namespace authprobe::http
