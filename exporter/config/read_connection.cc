#include "exporter/config/read_connection.h"

#include <charconv>

#include "exporter/wire/text.h"

namespace authprobe::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

void read_min_version(const Field& field, Tls& into) {
  assign(field.choice(kTlsVersions), into.min_version);
}

constexpr Key<Tls> kTlsKeys[] = {
    {"ca_file", [](const Field& field, Tls& into) { assign(field.file_path(), into.ca_file); }},
    {"certificate_file", [](const Field& field, Tls& into) { assign(field.file_path(), into.certificate_file); }},
    {"private_key_file", [](const Field& field, Tls& into) { assign(field.file_path(), into.private_key_file); }},
    {"server_name", [](const Field& field, Tls& into) { assign(field.line(), into.server_name); }},
    {"min_version", read_min_version},
    {"verify", [](const Field& field, Tls& into) { assign(field.boolean(), into.verify); }},
};

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

}  // namespace

std::span<const Key<Tls>> tls_keys() {
  return kTlsKeys;
}

void read_tls(const Field& field, Connection& into) {
  read_table(field, tls_keys(), into.tls);
  if (const auto key = field.child("private_key_file"); key && into.tls.certificate_file.empty()) {
    key->error("needs a certificate_file");
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
    field.error("must not contain user info", "a proxy with a password is not supported");
  } else {
    into.proxy = std::move(*url);
  }
}

void read_unix_socket(const Field& field, Connection& into) {
  constexpr std::size_t kLongestPath = 107;  // sun_path has 108 bytes, with its end
  const auto path = field.file_path();
  if (path && path->size() > kLongestPath) {
    field.error("must be a path of at most 107 bytes");
  } else {
    assign(path, into.unix_socket);
  }
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

void read_mode(const Field& field, Connection& into) {
  assign(field.choice(kConnectionModes), into.mode);
}

void read_http_version(const Field& field, Connection& into) {
  assign(field.choice(kHttpVersions), into.http_version);
}

void read_ip_version(const Field& field, Connection& into) {
  assign(field.choice(kIpVersions), into.ip_version);
}

void read_timeout(const Field& field, Connection& into) {
  assign(field.duration(milliseconds(10), minutes(10)), into.timeout);
}

void read_max_response_size(const Field& field, Connection& into) {
  assign(field.size(1u << 10, 1u << 30), into.max_response_bytes);
}

void read_max_redirects(const Field& field, Connection& into) {
  assign(field.integer(0, 20), into.max_redirects);
}

}  // namespace authprobe::config
