// The result of a request: a status with its headers and body, or the reason why there is none.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/http/certificate_chain.h"
#include "exporter/wire/headers.h"

namespace authprobe::http {

// Why there was no complete HTTP answer. These words are label values of authprobe_transport_errors_total, but for the
// last: our own lack of descriptors or memory says nothing of a target, and its probe does not count.
enum class TransportError : std::uint8_t {
  none,
  dns,
  connect,
  tls,
  timeout,
  reset,
  protocol,
  too_large,
  other,
  resources
};
inline constexpr std::size_t kTransportErrorCount = 9;  // that count, `none` included
std::string_view to_string(TransportError error);

// The blackbox exporter's words for the parts of a probe.
enum class Phase : std::uint8_t { resolve, connect, tls, processing, transfer };
inline constexpr std::size_t kPhaseCount = 5;
std::string_view to_string(Phase phase);

// A server's TLS alert about our client certificate, or about its absence.
struct CertificateRefusal {
  std::uint8_t alert = 0;  // RFC 8446, section 6: 45 is certificate_expired
  bool shown = false;      // we had a certificate to send
  bool operator==(const CertificateRefusal&) const = default;
};

// How the error of a request begins that was not sent, because there is no password for its proxy.
inline constexpr std::string_view kNoProxyPassword = "no password for the proxy: ";

// A redirect that was followed.
struct Redirect {
  int status = 0;
  std::string to;               // without user info and query
  bool with_credential = true;  // it stayed at the request's own origin: to another, no credential is sent
};

inline constexpr std::size_t kBodyKept = std::size_t{64} * 1024;

struct Response {
  TransportError error = TransportError::none;
  std::string error_detail;  // libcurl's or our own words; no secret, no query string
  int status = 0;            // 0: no HTTP answer, or a message. A status with an error: the answer broke off
  wire::Headers headers;     // of the last response, in order of arrival
  std::string body;          // decompressed, as UTF-8 where it came as UTF-16 or UTF-32; as much as the request keeps
  bool body_is_cut = false;  // more came than is kept
  bool undecoded = false;    // Content-Encoding names a coding that is not known: the body is as it came
  std::uint64_t body_bytes = 0;                     // decompressed length, as far as it was received
  std::array<double, kPhaseCount> phase_seconds{};  // indexed by Phase; summed over redirects
  double total_seconds = 0;
  std::string address;                            // "192.0.2.1" or "2001:db8::1"; empty where nothing was connected
  std::string local_address;                      // our end of that connection: what a firewall or allow list sees
  std::vector<std::string> other_addresses;       // that the name resolved to too; empty where it has one address
  std::vector<std::string> unanswered_addresses;  // tried before `address`: no connection came in time
  std::string http_version;                       // "1.1", "2"
  std::vector<Redirect> redirects;                // those that were followed, in order
  // Digest, and no password was sent: the server asked for none and refused, or its challenge could not be answered.
  bool unanswered = false;
  bool from_proxy = false;   // the proxy's own answer, to CONNECT or with 407: it let nothing through to the server
  bool proxy_login = false;  // a user and a password were sent to the proxy
  // The earliest notAfter of the server's chain as it was verified; where nothing is verified, of what it showed.
  std::optional<std::chrono::sys_seconds> certificate_expiry;
  std::shared_ptr<const CertificateChain> certificate_chain;  // of the last hop; null: no TLS
  std::string tls_version;  // of the last hop: "TLS 1.3"; empty: no TLS, or no full handshake. Likewise:
  std::string tls_cipher;   // "TLS_AES_256_GCM_SHA384"
  std::optional<CertificateRefusal> certificate_refusal;  // instead of an answer: `error` is `tls`

  // A redirect led to another origin: who answered got nothing of the credential.
  bool left_origin() const { return !redirects.empty() && !redirects.back().with_credential; }
};

}  // namespace authprobe::http
