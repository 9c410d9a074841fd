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
#include "exporter/wire/file.h"

namespace authprobe::http {

class TrustStores {
 public:
  using Clock = std::chrono::steady_clock;
  struct Store {
    std::shared_ptr<X509_STORE> certificates;  // null: see `error`
    std::string error;                         // names the file
  };

  // The store for a PEM file of CAs; an empty path means the system's. Files are looked at once a second at most, and
  // read again when they have changed.
  const Store& get(const std::string& ca_file, Clock::time_point now);

 private:
  struct Entry {
    Store store;
    std::vector<std::optional<wire::FileStamp>> stamps;  // of the files it was read from
    Clock::time_point next_check{};
  };
  std::unordered_map<std::string, Entry> entries_;
};

// What one TLS handshake is to do, and what it found. Outlives the handshake.
struct ChainCheck {
  std::shared_ptr<X509_STORE> trusted;  // null where nothing is verified
  // Whom we say we are; null: nobody, or a file of libcurl's.
  std::shared_ptr<const ClientIdentity> identity;
  bool verify = true;
  bool legacy_versions = false;  // TLS 1.0 and 1.1 need OpenSSL's security level 0
  bool kept_alive = false;       // the connection outlives this value: nothing may come back to it
  bool resumes = false;          // the TLS session is to be taken up again later
  std::optional<std::chrono::steady_clock::time_point> begun;  // the handshake; libcurl tells only its end
  // The earliest notAfter of the chain that was verified, accepted or not; where nothing is verified, of what the
  // server showed.
  std::optional<std::chrono::sys_seconds> expiry;
  FloodLimit* flood = nullptr;                          // watches what a connection that is not kept alive receives
  std::shared_ptr<const CertificateDialogue> dialogue;  // null until a handshake begins
};

// Sets up `context` so that its handshakes use and fill `check`.
void apply(ChainCheck& check, SSL_CTX* context);

}  // namespace authprobe::http
