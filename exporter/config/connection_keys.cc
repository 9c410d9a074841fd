// How a server is reached.
#include <algorithm>
#include <charconv>

#include "exporter/config/forms.h"
#include "exporter/config/quantity.h"
#include "exporter/wire/host_pattern.h"
#include "exporter/wire/text.h"

namespace authprobe::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr auto kVerifyAgainAfter = duration<&Tls::verify_again_after, between(milliseconds(0), minutes(60))>;

// Only where it was changed: it means nothing beside http://.
void show_verify_again_after(const Tls& tls, const TomlWriter& out) {
  if (tls.verify_again_after != Tls{}.verify_again_after) kVerifyAgainAfter.show(tls, out);
}

constexpr Key<Tls> kTlsKeys[] = {
    {"ca_file", text<&Tls::ca_file, &Field::file_path>, "PEM; the trusted CAs, instead of the system's store"},
    {"certificate_file", text<&Tls::certificate_file, &Field::file_path>, "the client's certificate, PEM"},
    {"private_key_file", text<&Tls::private_key_file, &Field::file_path>, "the certificate's key, PEM"},
    {"server_name", text<&Tls::server_name, &Field::line>, "the name that is sent (SNI) and verified"},
    {"min_version", word<&Tls::min_version, kTlsVersions>, R"(`"1.0"`, `"1.1"`, `"1.2"` or `"1.3"`)"},
    {"verify", boolean<&Tls::verify>,
     "false: any certificate is accepted, so an attacker in between can read the credential"},
    {"verify_again_after",
     {kVerifyAgainAfter.read, show_verify_again_after},
     "`\"0s\"` to `\"1h\"`: a server's chain that was verified less than this ago, byte for byte the same, is not "
     "verified again unless one of its certificates has ended or the CAs have changed; the handshake's own signature "
     "always is. `\"0s\"`: every handshake verifies the chain"},
};
constexpr auto kTls = table<&Connection::tls, kTlsKeys>;

void read_tls(const Field& field, Connection& into) {
  kTls.read(field, into);
  if (const auto key = field.child("private_key_file"); key && into.tls.certificate_file.empty()) {
    key->error("needs a certificate_file");
  }
  if (const auto key = field.child("ca_file"); key && !into.tls.verify) {
    key->warning("has no effect while tls.verify is false");
  }
}

void read_proxy(const Field& field, Connection& into) {
  const auto proxy = field.text();
  if (!proxy) return;
  wire::UrlProblem problem;
  auto url = proxy->empty() ? wire::Url() : wire::Url::parse(*proxy, problem);
  if (!proxy->empty() && !wire::starts_with_ignoring_case(*proxy, "http://")) {
    field.error("must begin with http://", "https:// targets go through it too");
  } else if (!url) {
    field.error(problem.rule, problem.hint);
  } else if (url->has_userinfo()) {
    field.error("must not contain user info", "set proxy_username and proxy_password");
  } else {
    into.proxy = std::move(*url);
  }
}

// RFC 7617, section 2: the colon ends the user's name.
void read_proxy_username(const Field& field, Connection& into) {
  const auto name = field.line();
  if (name && name->find(':') != std::string::npos) {
    field.error("must not contain a colon", "RFC 7617, section 2");
  } else {
    assign(name, into.proxy_username);
  }
}

void read_no_proxy(const Field& field, Connection& into) {
  into.no_proxy.clear();
  for (const Field& element : field.elements()) {
    auto host = element.line();
    if (!host) continue;
    if (const std::string problem = wire::host_pattern_problem(*host); !problem.empty()) {
      element.error(problem);
    } else {
      into.no_proxy.push_back(std::move(*host));
    }
  }
}

void read_unix_socket(const Field& field, Connection& into) {
  constexpr std::size_t kLongestPath = 107;  // sun_path has 108 bytes, including the final zero
  const auto path = field.file_path();
  if (path && path->size() > kLongestPath) {
    field.error("must be a path of at most 107 bytes");
  } else {
    assign(path, into.unix_socket);
  }
}

std::optional<int> port_number(std::string_view text) {
  if (text == "*") return 0;
  int port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) return std::nullopt;
  return port;
}

// "host:port:address"; the address may be in brackets.
std::optional<ResolveOverride> resolve_override(std::string_view text) {
  const auto host_end = text.find(':');
  const auto port_end = host_end == std::string_view::npos ? host_end : text.find(':', host_end + 1);
  if (port_end == std::string_view::npos || host_end == 0) return std::nullopt;
  const auto port = port_number(text.substr(host_end + 1, port_end - host_end - 1));
  std::string_view address = text.substr(port_end + 1);
  if (address.starts_with('[') && address.ends_with(']')) address = address.substr(1, address.size() - 2);
  if (!port || !wire::is_ip_address(address)) return std::nullopt;
  return ResolveOverride{std::string(text.substr(0, host_end)), *port, std::string(address)};
}

void read_resolve(const Field& field, Connection& into) {
  std::vector<ResolveOverride> overrides;
  for (const Field& element : field.elements()) {
    const auto text = element.text();
    const auto parsed = text ? resolve_override(*text) : std::nullopt;
    if (text && !parsed) {
      element.error("must be host:port:address with an IP address",
                    R"(such as "api.example.com:443:192.0.2.7"; * is any port)");
    }
    if (parsed) overrides.push_back(*parsed);
  }
  into.resolve = std::move(overrides);
}

std::string override_text(const ResolveOverride& entry) {
  const bool v6 = entry.address.find(':') != std::string::npos;
  return quoted(entry.host + ':' + (entry.port == 0 ? "*" : std::to_string(entry.port)) + ':' +
                (v6 ? '[' + entry.address + ']' : entry.address));
}

void show_resolve(const Connection& connection, const TomlWriter& out) {
  if (!connection.resolve.empty()) out.raw(array_text(connection.resolve, override_text));
}

void read_max_response_size(const Field& field, Connection& into) {
  assign(field.size(1u << 10, 1u << 30), into.max_response_bytes);
}

void show_max_response_size(const Connection& connection, const TomlWriter& out) {
  out.text(format_size(connection.max_response_bytes));
}

constexpr Key<Connection> kConnectionKeys[] = {
    {"timeout", duration<&Connection::timeout, between(milliseconds(10), minutes(10))>,
     "`\"10ms\"` to `\"10m\"`: limit of the whole probe (name, connection, redirects, body). Keep it below the "
     "interval, since probes of a target never overlap"},
    {"http_version", word<&Connection::http_version, kHttpVersions>,
     R"(`"auto"` (HTTP/2 where TLS negotiates it), `"1.0"`, `"1.1"` or `"2"`)"},
    {"tls", {read_tls, kTls.show, kTls.list}, "[below](#tls)"},
    {"proxy",
     {read_proxy, web_url<&Connection::proxy>.show},
     "`http://`; targets at `https://` go through it too; `\"\"` for none. Environment variables are ignored"},
    {"proxy_username",
     {read_proxy_username, text<&Connection::proxy_username>.show},
     "the user that the proxy knows (Basic); `\"\"` for none"},
    {"proxy_password", secret<&Connection::proxy_password>,
     "the user's password: sent to the proxy and to nobody else, read again when its file changes"},
    {"no_proxy",
     {read_no_proxy, texts<&Connection::no_proxy, &Field::line>.show},
     "hosts that are reached without the proxy: `\"api.example.com\"`, `\"*.example.com\"` (any name below), an "
     "address; each may have a port"},
    {"ip_version", word<&Connection::ip_version, kIpVersions>, R"(`"any"`, `"4"` or `"6"`)"},
    {"resolve",
     {read_resolve, show_resolve},
     "`\"host:port:address\"`: connect to this address instead of resolving the name; port `*` is any, IPv6 addresses "
     "may be in brackets"},
};

constexpr Key<Connection> kProbeKeys[] = {
    {"connection", word<&Connection::mode, kConnectionModes>,
     "`\"fresh\"`: a new connection for each probe, so that every probe checks phases, address and certificate; "
     "`\"resume\"`: TLS sessions are resumed, with a full handshake at least every 5 minutes; `\"reuse\"`: connections "
     "are kept alive"},
    {"max_redirects", integer<&Connection::max_redirects, 0, 20>,
     "redirects to follow, 0 to 20; 0: the redirect is the answer. Cookies that the target's own origin sets on the "
     "way "
     "are sent to it until the probe ends"},
    {"redirects_to_private", boolean<&Connection::redirects_to_private>,
     "true: a redirect from a public address to a loopback, link-local or private one is followed; else it is the "
     "transport error `other`"},
    {"max_response_size",
     {read_max_response_size, show_max_response_size},
     "`\"1KiB\"` to `\"1GiB\"`, decompressed; a longer answer is the transport error `too_large`"},
    {"unix_socket",
     {read_unix_socket, text<&Connection::unix_socket>.show},
     "at most 107 bytes: connect to this socket instead of the URL's host; not with a proxy; `\"\"` for none"},
};

}  // namespace

Keys<Connection> connection_keys() {
  return kConnectionKeys;
}

Keys<Connection> probe_keys() {
  return kProbeKeys;
}

}  // namespace authprobe::config
