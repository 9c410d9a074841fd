// Whom we trust, and what a server's certificate chain says. One X509_STORE per distinct set of CAs serves all
// transfers: libcurl's own would be read anew for each connection (48 ms with Debian's bundle).
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "exporter/http/client_identity.h"
#include "exporter/http/flood_limit.h"
#include "exporter/http/tls_alert.h"
#include "exporter/http/verified_chains.h"
#include "exporter/wire/file.h"

namespace authprobe::http {

class TrustStores {
 public:
  using Clock = wire::FileWatch::Clock;
  struct Store {
    std::shared_ptr<X509_STORE> certificates;  // null: see `error`
    std::shared_ptr<VerifiedChains> verified;  // against these certificates; null where they are
    std::string error;                         // names the file
  };

  // The store for a PEM file of CAs; an empty path means the system's. Files are looked at once a second at most, and
  // read again when they have changed.
  const Store& get(const std::string& ca_file, Clock::time_point now);

 private:
  struct Entry {
    Store store;
    wire::FileWatch watch;  // of the files it was read from
  };
  std::unordered_map<std::string, Entry> entries_;
};

// What one TLS handshake is to do, and what it found. Outlives the handshake.
struct ChainCheck {
  std::shared_ptr<X509_STORE> trusted;  // null where nothing is verified
  // Whom we say we are; null: nobody.
  std::shared_ptr<const ClientIdentity> identity;
  bool verify = true;
  std::shared_ptr<VerifiedChains> verified;         // chains that need no verification; null: each one does
  std::chrono::milliseconds verify_again_after{0};  // so long they are remembered
  bool legacy_versions = false;                     // TLS 1.0 and 1.1 need OpenSSL's security level 0
  bool kept_alive = false;                          // the connection outlives this value: nothing may come back to it
  bool resumes = false;                             // the TLS session is to be taken up again later
  std::optional<std::chrono::steady_clock::time_point> begun;  // the handshake; libcurl tells only its end
  // The chain that was verified, accepted or not; where nothing is verified, what the server showed. Null before.
  std::shared_ptr<const CertificateChain> chain;
  std::string tls_version;                              // "TLS 1.3", as Go calls it; empty before, like the next
  std::string tls_cipher;                               // "TLS_AES_256_GCM_SHA384", IANA's name
  FloodLimit* flood = nullptr;                          // watches what a connection that is not kept alive receives
  std::shared_ptr<const CertificateDialogue> dialogue;  // null until a handshake begins
};

// Sets up `context` so that its handshakes use and fill `check`.
void apply(ChainCheck& check, SSL_CTX* context);

}  // namespace authprobe::http
