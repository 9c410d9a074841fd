#include "exporter/http/transport_error.h"

namespace authprobe::http {
namespace {

// CURLE_TOO_LARGE, of libcurl 8.6: a header line of more than 100 kB.
constexpr CURLcode kTooLarge = static_cast<CURLcode>(100);

}  // namespace

TransportError transport_error_of(CURLcode code) {
  if (code == kTooLarge) return TransportError::protocol;
  switch (code) {
    case CURLE_OK: return TransportError::none;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return TransportError::dns;
    case CURLE_COULDNT_CONNECT:
    case CURLE_INTERFACE_FAILED:
    case CURLE_PROXY: return TransportError::connect;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_USE_SSL_FAILED: return TransportError::tls;
    case CURLE_OPERATION_TIMEDOUT: return TransportError::timeout;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE: return TransportError::reset;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // also libcurl's code for an invalid status line
    case CURLE_OUT_OF_MEMORY:         // also libcurl 7.88's for a header line of more than 100 kB
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_HTTP3:
    case CURLE_QUIC_CONNECT_ERROR: return TransportError::protocol;
    case CURLE_FILESIZE_EXCEEDED: return TransportError::too_large;
    default: return TransportError::other;
  }
}

std::string_view to_string(TransportError error) {
  switch (error) {
    case TransportError::none: return "none";
    case TransportError::dns: return "dns";
    case TransportError::connect: return "connect";
    case TransportError::tls: return "tls";
    case TransportError::timeout: return "timeout";
    case TransportError::reset: return "reset";
    case TransportError::protocol: return "protocol";
    case TransportError::too_large: return "too_large";
    case TransportError::other: return "other";
    case TransportError::resources: return "resources";
  }
  return "other";
}

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::resolve: return "resolve";
    case Phase::connect: return "connect";
    case Phase::tls: return "tls";
    case Phase::processing: return "processing";
    case Phase::transfer: return "transfer";
  }
  return "transfer";
}

}  // namespace authprobe::http
