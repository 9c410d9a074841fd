// What a web configuration says, as values: TLS, client certificates, users, response headers and rate limit of the
// exporter's own web server.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "exporter/config/enum_names.h"
#include "exporter/config/findings.h"
#include "exporter/wire/headers.h"
#include "exporter/wire/secret.h"

namespace authprobe::web {

// Go's crypto/tls ClientAuthType, whose names the format has.
enum class ClientAuth { none, request, require_any, verify_if_given, require_and_verify };
using config::TlsVersion;

constexpr bool requires_certificate(ClientAuth client_auth) {
  return client_auth == ClientAuth::require_any || client_auth == ClientAuth::require_and_verify;
}
constexpr bool verifies_certificates(ClientAuth client_auth) {
  return client_auth == ClientAuth::verify_if_given || client_auth == ClientAuth::require_and_verify;
}

// A part of a PEM file's content with the file that it was read from, empty where it stands in the web configuration.
struct Pem {
  std::string file;
  wire::Secret text;
  bool empty() const { return file.empty() && text.empty(); }
};

// tls_server_config
struct TlsServer {
  Pem certificate;  // the server's, with its chain
  Pem key;
  Pem client_ca;  // who signs client certificates; empty: the system's trust store
  ClientAuth client_auth = ClientAuth::none;
  std::vector<std::string> client_allowed_sans;  // empty: any
  TlsVersion min_version = TlsVersion::tls1_2;
  TlsVersion max_version = TlsVersion::tls1_3;
  std::vector<std::string> cipher_suites;      // IANA's names; empty: GnuTLS' own choice
  std::vector<std::string> curve_preferences;  // GnuTLS' names of groups, best first; empty: its own choice
  bool prefer_server_cipher_suites = true;
  config::Position position;
  bool is_set = false;  // one of the certificate, the key, the CA or client_auth_type is there: https
};

struct User {
  std::string name;
  std::string hash;  // bcrypt: "$2y$10$..."
};

// A token bucket: a token each `interval`, at most `burst` of them.
struct RateLimit {
  std::chrono::milliseconds interval{0};  // 0: no limit
  std::int64_t burst = 0;
};

struct WebConfig {
  TlsServer tls;
  wire::Headers headers;    // added to every response, in place of one of that name
  std::vector<User> users;  // none: no password is asked for
  RateLimit rate_limit;
};

}  // namespace authprobe::web
