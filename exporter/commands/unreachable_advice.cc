#include "exporter/commands/unreachable_advice.h"

#include <array>
#include <string_view>

#include "exporter/wire/text.h"

namespace authprobe::commands {
namespace {

using http::TransportError;

struct TlsAdvice {
  std::string_view words;  // OpenSSL's or libcurl's, in lower case
  std::string_view advice;
};

constexpr std::array kTlsAdvice{
    TlsAdvice{"wrong version number", "The port does not speak TLS: write http:// in the URL, or the port of https."},
    TlsAdvice{"packet length too long", "The port does not speak TLS: write http:// in the URL, or the port of https."},
    TlsAdvice{"self-signed", "Set tls.ca_file to the certificate, or to the CA that issued it."},
    TlsAdvice{"self signed", "Set tls.ca_file to the certificate, or to the CA that issued it."},
    TlsAdvice{"unable to get local issuer",
              "Set tls.ca_file to the CA that issued the server's certificate. If clients "
              "elsewhere accept it, the server does not send its intermediate certificate."},
    TlsAdvice{"subject name", "The certificate is for another name: correct the URL's host, or set tls.server_name."},
    TlsAdvice{"certificate has expired", "The server's operators renew its certificate."},
    TlsAdvice{"unsupported protocol", "The server has only old TLS versions: set tls.min_version."},
};

std::string_view tls_advice(const std::string& detail) {
  const std::string words = wire::lowered(detail);
  for (const auto& [part, advice] : kTlsAdvice) {
    if (words.find(part) != std::string::npos) return advice;
  }
  return "Compare the TLS versions and certificates of both sides, for example with openssl s_client.";
}

}  // namespace

std::string unreachable_advice(const http::Response& response, const wire::Url& url) {
  switch (response.error) {
    case TransportError::dns: return "Check the name, and the DNS servers of this host (settings.dns_servers).";
    case TransportError::connect:
      if (!response.error_detail.empty() && response.error_detail.starts_with(http::kNoProxyPassword)) {
        return "Check proxy_password: nothing is sent through the proxy without it.";
      }
      return "Check host and port, whether the server runs, and the firewalls in between.";
    case TransportError::tls: return std::string(tls_advice(response.error_detail));
    case TransportError::timeout:
      return response.address.empty()
                 ? "No connection was made: check the firewalls in between, or the proxy."
                 : "The server took the connection and was too slow: check its load, or raise timeout.";
    case TransportError::reset:
    case TransportError::protocol:
      if (!url.https()) return "If this is a port of https, write https:// in the URL. Otherwise see the server's log.";
      break;
    case TransportError::resources:
      return "This host, not the server, lacks file descriptors or memory: raise LimitNOFILE= or ulimit -n.";
    case TransportError::none:
    case TransportError::too_large:
    case TransportError::other: break;
  }
  return "See the log of the server, and of what stands in between.";
}

std::string failing_server_advice(int status, bool with_credential) {
  if (status < 500 || !with_credential) return {};
  return "The server failed, and its answer does not say why. Ask a page of it that needs no credential: if that "
         "works, "
         "the service that checks credentials may be down (nginx's error log then has \"auth request unexpected "
         "status\"). auth_health_url lets the exporter ask that service itself.";
}

}  // namespace authprobe::commands
