#include "exporter/web/web_config.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "exporter/config/forms.h"
#include "exporter/config/yaml_document.h"
#include "exporter/web/tls_credentials.h"
#include "exporter/web/users.h"
#include "exporter/wire/file.h"
#include "exporter/wire/text.h"

namespace authprobe::web {
namespace {

using config::Field;
using config::Form;
using config::Key;
using config::Owner;
using std::chrono::hours;

constexpr std::size_t kLargestFile = 1024 * 1024;

constexpr std::array<config::EnumName<ClientAuth>, 6> kClientAuths{{
    {"NoClientCert", ClientAuth::none},
    {"RequestClientCert", ClientAuth::request},
    {"RequireAnyClientCert", ClientAuth::require_any},
    {"RequireClientCert", ClientAuth::require_any},  // its old name
    {"VerifyClientCertIfGiven", ClientAuth::verify_if_given},
    {"RequireAndVerifyClientCert", ClientAuth::require_and_verify},
}};

constexpr std::array<config::EnumName<TlsVersion>, 4> kTlsVersions{{
    {"TLS10", TlsVersion::tls1_0},
    {"TLS11", TlsVersion::tls1_1},
    {"TLS12", TlsVersion::tls1_2},
    {"TLS13", TlsVersion::tls1_3},
}};

// Go's names of curves, and what GnuTLS calls them.
constexpr std::array<config::EnumName<std::string_view>, 4> kCurves{{
    {"CurveP256", "SECP256R1"},
    {"CurveP384", "SECP384R1"},
    {"CurveP521", "SECP521R1"},
    {"X25519", "X25519"},
}};

// The web configuration is not shown anywhere, so that its rows only read.
template <auto member, auto ask>
constexpr Form<Owner<member>> value = {config::read_member<member, ask>, nullptr};

template <auto member, const auto& words>
constexpr Form<Owner<member>> word = {
    [](const Field& field, Owner<member>& into) { config::assign(field.choice(words), into.*member); }, nullptr};

template <auto member>
constexpr Form<Owner<member>> texts = {config::texts<member, &Field::line>.read, nullptr};

template <Pem TlsServer::*member>
constexpr Form<TlsServer> inline_pem = {[](const Field& field, TlsServer& into) {
                                          into.is_set = true;
                                          if (auto text = field.text()) (into.*member).text = wire::Secret(*text);
                                        },
                                        nullptr};

template <Pem TlsServer::*member>
constexpr Form<TlsServer> pem_file = {[](const Field& field, TlsServer& into) {
                                        into.is_set = true;
                                        config::assign(field.file_path(), (into.*member).file);
                                      },
                                      nullptr};

void read_client_auth(const Field& field, TlsServer& into) {
  into.is_set = true;
  config::assign(field.choice(kClientAuths), into.client_auth);
}

void read_curves(const Field& field, TlsServer& into) {
  for (const Field& element : field.elements()) {
    if (const auto curve = element.choice(kCurves)) into.curve_preferences.emplace_back(*curve);
  }
}

constexpr Key<TlsServer> kTlsKeys[] = {
    {"cert", inline_pem<&TlsServer::certificate>, "the server's certificate with its chain, PEM"},
    {"key", inline_pem<&TlsServer::key>, "its private key, PEM"},
    {"client_ca", inline_pem<&TlsServer::client_ca>, "certificates of the CAs that sign client certificates, PEM"},
    {"cert_file", pem_file<&TlsServer::certificate>, "the file with the server's certificate and its chain"},
    {"key_file", pem_file<&TlsServer::key>, "the file with its private key"},
    {"client_ca_file", pem_file<&TlsServer::client_ca>, "the file with the CAs that sign client certificates"},
    {"client_auth_type", {read_client_auth, nullptr}, "whether clients have to show a certificate"},
    {"client_allowed_sans", texts<&TlsServer::client_allowed_sans>, "names of which a client certificate needs one"},
    {"min_version", word<&TlsServer::min_version, kTlsVersions>, "the oldest TLS version"},
    {"max_version", word<&TlsServer::max_version, kTlsVersions>, "the newest TLS version"},
    {"cipher_suites", texts<&TlsServer::cipher_suites>, "the cipher suites for TLS up to 1.2"},
    {"prefer_server_cipher_suites", value<&TlsServer::prefer_server_cipher_suites, &Field::boolean>,
     "the server's order of cipher suites counts, not the client's"},
    {"curve_preferences", {read_curves, nullptr}, "the curves, best first"},
};

struct HttpServer {
  wire::Headers headers;
};

// What the value of a header has to be; empty: any.
struct HeaderRule {
  std::string_view name;
  std::vector<std::string> values;
};

void read_headers(const Field& field, HttpServer& into) {
  static const HeaderRule kRules[] = {
      {"Content-Security-Policy", {}},         {"Strict-Transport-Security", {}},           {"X-XSS-Protection", {}},
      {"X-Content-Type-Options", {"nosniff"}}, {"X-Frame-Options", {"deny", "sameorigin"}},
  };
  std::vector<std::string_view> names;
  for (const HeaderRule& rule : kRules) names.push_back(rule.name);
  const config::Table* entries = field.table();
  if (entries == nullptr) return;
  for (const config::Entry& entry : *entries) {
    const auto rule = std::ranges::find(kRules, entry.key, &HeaderRule::name);
    if (rule == std::end(kRules)) {
      field.unknown(entry, names);
      continue;
    }
    const Field child = field.child(entry);
    const auto text = child.line();
    if (!text || text->empty()) continue;
    const bool is_allowed = rule->values.empty() || std::ranges::find(rule->values, *text) != rule->values.end();
    if (is_allowed) {
      into.headers.emplace_back(entry.key, *text);
    } else {
      child.error("must be " + wire::joined(rule->values, " or "));
    }
  }
}

void read_http2(const Field& field, HttpServer&) {
  if (field.boolean().value_or(false)) field.warning("has no effect", "this server speaks HTTP/1.1");
}

constexpr Key<HttpServer> kHttpKeys[] = {
    {"http2", {read_http2, nullptr}, "HTTP/2, which this server does not speak"},
    {"headers", {read_headers, nullptr}, "headers that are added to every response"},
};

constexpr Key<RateLimit> kRateLimitKeys[] = {
    {"interval",
     {[](const Field& field, RateLimit& into) {
        if (std::get_if<std::int64_t>(&field.value().data) != nullptr && field.integer(0, 0)) return;
        config::assign(field.duration(config::Duration{0}, hours{24}), into.interval);
      },
      nullptr},
     "the time after which one more request is allowed; 0: no limit"},
    {"burst",
     {[](const Field& field, RateLimit& into) { config::assign(field.integer(0, 1'000'000), into.burst); }, nullptr},
     "how many requests are allowed at once"},
};

void read_users(const Field& field, WebConfig& into) {
  const config::Table* entries = field.table();
  if (entries == nullptr) return;
  for (const config::Entry& entry : *entries) {
    const Field child = field.child(entry);
    const auto hash = child.text();
    if (!hash) continue;
    if (entry.key.find(':') != std::string::npos) child.error("must not contain a colon in the user's name (RFC 7617)");
    if (const std::string problem = problem_of_hash(*hash); !problem.empty()) {
      child.error(problem, "such as `htpasswd -nBC 10 NAME` prints it");
    }
    into.users.push_back({entry.key, *hash});
  }
}

void read_http(const Field& field, WebConfig& into) {
  HttpServer http;
  config::read_table<HttpServer>(field, kHttpKeys, http);
  into.headers = std::move(http.headers);
}

void read_tls(const Field& field, WebConfig& into) {
  into.tls.position = field.position();
  config::read_table<TlsServer>(field, kTlsKeys, into.tls);
}

void read_rate_limit(const Field& field, WebConfig& into) {
  config::read_table<RateLimit>(field, kRateLimitKeys, into.rate_limit);
  if (into.rate_limit.interval.count() > 0 && into.rate_limit.burst < 1) {
    field.error("must have a burst of at least 1", "or no request is ever allowed");
  }
}

constexpr Key<WebConfig> kSections[] = {
    {"tls_server_config", {read_tls, nullptr}, "certificates, client certificates, versions and ciphers"},
    {"http_server_config", {read_http, nullptr}, "HTTP/2 and response headers"},
    {"basic_auth_users", {read_users, nullptr}, "names of users with the bcrypt hashes of their passwords"},
    {"rate_limit", {read_rate_limit, nullptr}, "a limit on requests"},
};

// The text of the file that `pem` names, where it names one.
void read_pem(const Field& tls, std::string_view file_key, std::string_view inline_key, Pem& pem) {
  const auto in_file = tls.child(file_key);
  if (in_file && tls.child(inline_key)) in_file->error("must not be there beside " + std::string(inline_key));
  if (pem.file.empty()) return;
  auto read = wire::read_file(pem.file, kLargestFile);
  if (!read.problem.empty()) in_file->error(read.problem);
  pem.text = std::move(read.text);
}

void check_client_auth(const Field& field, const TlsServer& tls) {
  if (!tls.client_ca.empty() && tls.client_auth == ClientAuth::none) {
    field.error("has CAs for client certificates, but no client_auth_type that asks for one",
                R"(such as "RequireAndVerifyClientCert")");
  }
  const bool is_required = requires_certificate(tls.client_auth);
  const auto names = field.child("client_allowed_sans");
  if (names && !is_required) {
    names->error("needs client_auth_type RequireAnyClientCert or RequireAndVerifyClientCert",
                 "a client without a certificate has no name to compare");
  } else if (names && tls.client_allowed_sans.empty()) {
    names->error("must have a name", "an empty list admits no client");
  }
  if (verifies_certificates(tls.client_auth) && tls.client_ca.empty() && !names) {
    field.child("client_auth_type")
        ->warning("admits clients with a certificate of any CA that this system trusts",
                  "client_ca_file names the CAs that count");
  }
  if (tls.client_auth == ClientAuth::require_any && !names) {
    field.child("client_auth_type")
        ->warning("admits clients with any certificate, also one that they made themselves",
                  "RequireAndVerifyClientCert verifies it");
  }
}

void check_tls(const Field& field, TlsServer& tls) {
  read_pem(field, "cert_file", "cert", tls.certificate);
  read_pem(field, "key_file", "key", tls.key);
  read_pem(field, "client_ca_file", "client_ca", tls.client_ca);
  if (!tls.is_set) return;
  if (tls.certificate.empty()) field.error("must have cert_file or cert");
  if (tls.key.empty()) field.error("must have key_file or key");
  if (tls.min_version > tls.max_version) field.error("must not have a min_version above max_version");
  check_client_auth(field, tls);
  try {
    priority_string(tls);
  } catch (const std::runtime_error& error) {
    field.child("cipher_suites")->error(error.what());
  }
}

}  // namespace

bool WebConfigResult::ok() const {
  return config::count_errors(findings) == 0;
}

WebConfigResult read_web_config(const std::string& path) {
  WebConfigResult result;
  config::Findings findings;
  config::Patterns patterns;
  const config::ReadContext context{path, findings, patterns};
  const auto file = wire::read_file(path, kLargestFile);
  if (!file.problem.empty()) findings.error({path, 1, 1}, "", file.problem);
  const auto document = file.problem.empty() ? config::parse_yaml(file.text.reveal(), path, findings) : std::nullopt;
  if (document) {
    const Field root(*document, context);
    config::read_table<WebConfig>(root, kSections, result.config);
    if (const auto tls = root.child("tls_server_config")) check_tls(*tls, result.config.tls);
  }
  result.findings = findings.sorted();
  result.files.push_back(path);
  const TlsServer& tls = result.config.tls;
  for (const Pem* pem : {&tls.certificate, &tls.key, &tls.client_ca}) {
    if (!pem->file.empty()) result.files.push_back(pem->file);
  }
  return result;
}

}  // namespace authprobe::web
