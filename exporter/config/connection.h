// How a server is reached, as the configuration says: one value, shared by all that say the same.
#pragma once

#include <algorithm>
#include <chrono>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "exporter/config/credential_kinds.h"
#include "exporter/config/enum_names.h"
#include "exporter/wire/host_pattern.h"
#include "exporter/wire/url.h"

namespace authprobe::config {

using Duration = std::chrono::milliseconds;

struct Tls {
  std::string ca_file;           // PEM; empty: the system's trust store
  std::string certificate_file;  // client certificate, PEM
  std::string private_key_file;  // empty: in certificate_file
  std::string server_name;       // SNI and the name verified; empty: the URL's host
  TlsVersion min_version = TlsVersion::tls1_2;
  bool verify = true;
  Duration verify_again_after{3'600'000};  // how long an equal chain is known to be good; 0: it is verified each time
  auto operator<=>(const Tls&) const = default;
};

// Sends connections for host:port to this address, instead of resolving the name.
struct ResolveOverride {
  std::string host;
  int port = 0;         // 0: any port
  std::string address;  // an IP address
  auto operator<=>(const ResolveOverride&) const = default;
};

// How the server is reached: one value, shared by all targets with equal settings.
struct Connection {
  ConnectionMode mode = ConnectionMode::fresh;
  HttpVersion http_version = HttpVersion::automatic;
  IpVersion ip_version = IpVersion::any;
  Tls tls;
  wire::Url proxy;             // http; empty: none (environment variables are ignored)
  std::string proxy_username;  // Basic, for the proxy alone; empty: it wants none
  SecretSource proxy_password;
  std::vector<std::string> no_proxy;  // hosts that are reached without it: "intern.example.com", "*.example.com"
  std::string unix_socket;            // path; empty: TCP
  std::vector<ResolveOverride> resolve;
  Duration timeout{10'000};                      // of the whole probe: name, connection, redirects, body
  std::uint64_t max_response_bytes = 10u << 20;  // a longer body ends the transfer as too_large
  int max_redirects = 0;                         // 0: a redirect is the answer
  bool redirects_to_private = false;             // from a public address

  // The proxy for requests to this server; null: none.
  const wire::Url* proxy_for(const wire::Url& server) const {
    const auto is_its = [&](const std::string& host) { return wire::is_host_of(host, server); };
    return proxy.empty() || std::ranges::any_of(no_proxy, is_its) ? nullptr : &proxy;
  }
  auto operator<=>(const Connection&) const = default;
};

// A value that many owners share, compared by content.
template <typename T>
class SharedValue : public std::shared_ptr<const T> {
 public:
  using std::shared_ptr<const T>::shared_ptr;
  SharedValue(std::shared_ptr<const T> value) : std::shared_ptr<const T>(std::move(value)) {}

  bool operator==(const SharedValue& other) const {
    return this->get() == other.get() || (*this && other && **this == *other);
  }
};

}  // namespace authprobe::config
