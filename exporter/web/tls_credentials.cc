#include "exporter/web/tls_credentials.h"

#include <arpa/inet.h>
#include <gnutls/x509.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "exporter/config/findings.h"

namespace authprobe::web {
namespace {

// A cipher suite of TLS up to 1.2 by IANA's name, as the parts that GnuTLS combines. Those that Go's crypto/tls calls
// secure, which are those that the format takes.
struct Suite {
  std::string_view name;
  std::string_view exchange;
  std::string_view cipher;
  std::string_view mac;
};

constexpr Suite kSuites[] = {
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA", "AES-128-GCM", "AEAD"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA", "AES-256-GCM", "AEAD"},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA", "CHACHA20-POLY1305", "AEAD"},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "ECDHE-ECDSA", "AES-128-CBC", "SHA1"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "ECDHE-ECDSA", "AES-256-CBC", "SHA1"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA", "AES-128-GCM", "AEAD"},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA", "AES-256-GCM", "AEAD"},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA", "CHACHA20-POLY1305", "AEAD"},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "ECDHE-RSA", "AES-128-CBC", "SHA1"},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "ECDHE-RSA", "AES-256-CBC", "SHA1"},
    {"TLS_RSA_WITH_AES_128_GCM_SHA256", "RSA", "AES-128-GCM", "AEAD"},
    {"TLS_RSA_WITH_AES_256_GCM_SHA384", "RSA", "AES-256-GCM", "AEAD"},
    {"TLS_RSA_WITH_AES_128_CBC_SHA", "RSA", "AES-128-CBC", "SHA1"},
    {"TLS_RSA_WITH_AES_256_CBC_SHA", "RSA", "AES-256-CBC", "SHA1"},
};

// TLS 1.3 has suites of its own, which the format lists and does not choose from.
constexpr std::array<std::string_view, 3> kSuitesOfTls13{"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                                         "TLS_CHACHA20_POLY1305_SHA256"};

constexpr std::array<std::pair<TlsVersion, std::string_view>, 4> kVersions{{
    {TlsVersion::tls1_3, "VERS-TLS1.3"},
    {TlsVersion::tls1_2, "VERS-TLS1.2"},
    {TlsVersion::tls1_1, "VERS-TLS1.1"},
    {TlsVersion::tls1_0, "VERS-TLS1.0"},
}};

std::vector<Suite> chosen_suites(const std::vector<std::string>& names) {
  std::vector<Suite> chosen;
  for (const std::string& name : names) {
    if (std::ranges::find(kSuitesOfTls13, name) != kSuitesOfTls13.end()) continue;
    const auto suite = std::ranges::find(kSuites, name, &Suite::name);
    if (suite == std::end(kSuites)) {
      std::vector<std::string_view> known;
      for (const Suite& one : kSuites) known.push_back(one.name);
      const std::string hint = config::did_you_mean(name, known);
      throw std::runtime_error("has a suite that is not known" + (hint.empty() ? "" : ": " + hint));
    }
    chosen.push_back(*suite);
  }
  return chosen;
}

// GnuTLS offers each key exchange with each cipher.
void check_combinations(const std::vector<Suite>& chosen) {
  for (const Suite& suite : kSuites) {
    const bool has_exchange = std::ranges::find(chosen, suite.exchange, &Suite::exchange) != chosen.end();
    const bool has_cipher = std::ranges::find(chosen, suite.cipher, &Suite::cipher) != chosen.end();
    if (!has_exchange || !has_cipher || std::ranges::find(chosen, suite.name, &Suite::name) != chosen.end()) continue;
    throw std::runtime_error("cannot be offered without " + std::string(suite.name) + ": list it too");
  }
}

void add_parts(std::string& priority, const std::vector<Suite>& suites, std::string_view Suite::*part) {
  std::vector<std::string_view> added;
  for (const Suite& suite : suites) {
    if (std::ranges::find(added, suite.*part) != added.end()) continue;
    added.push_back(suite.*part);
    priority.append(":+").append(suite.*part);
  }
}

[[noreturn]] void fail(std::string_view key, int error) {
  throw std::runtime_error(std::string(key) + ": " + gnutls_strerror(error));
}

gnutls_datum_t datum(std::string_view text) {
  return {reinterpret_cast<unsigned char*>(const_cast<char*>(text.data())), static_cast<unsigned>(text.size())};
}

std::string address_text(const unsigned char* bytes, std::size_t size) {
  char text[INET6_ADDRSTRLEN] = "";
  const int family = size == 4 ? AF_INET : AF_INET6;
  if (size == 4 || size == 16) inet_ntop(family, bytes, text, sizeof text);
  return text;
}

// The subject alternative names of a certificate: DNS, e-mail, URI, and IP addresses as text.
std::vector<std::string> alternative_names(gnutls_x509_crt_t certificate) {
  std::vector<std::string> names;
  for (unsigned i = 0;; ++i) {
    std::array<char, 1024> text{};
    std::size_t size = text.size();
    unsigned type = 0;
    const int result = gnutls_x509_crt_get_subject_alt_name2(certificate, i, text.data(), &size, &type, nullptr);
    if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE) return names;
    if (result < 0) continue;  // longer than any name that is allowed
    if (type == GNUTLS_SAN_IPADDRESS) {
      names.push_back(address_text(reinterpret_cast<const unsigned char*>(text.data()), size));
    } else if (type == GNUTLS_SAN_DNSNAME || type == GNUTLS_SAN_RFC822NAME || type == GNUTLS_SAN_URI) {
      names.emplace_back(text.data(), size);
    }
  }
}

bool has_allowed_name(const gnutls_datum_t& der, const std::vector<std::string>& allowed) {
  gnutls_x509_crt_t made = nullptr;
  if (gnutls_x509_crt_init(&made) != 0) return false;
  const wire::Owned<std::remove_pointer_t<gnutls_x509_crt_t>, gnutls_x509_crt_deinit> certificate(made);
  if (gnutls_x509_crt_import(made, &der, GNUTLS_X509_FMT_DER) != 0) return false;
  return std::ranges::any_of(alternative_names(made),
                             [&](const auto& name) { return std::ranges::find(allowed, name) != allowed.end(); });
}

}  // namespace

std::string priority_string(const TlsServer& settings) {
  std::string priority = "NORMAL:-VERS-ALL";
  for (const auto& [version, name] : kVersions) {
    if (settings.min_version <= version && version <= settings.max_version) priority.append(":+").append(name);
  }
  if (settings.prefer_server_cipher_suites) priority += ":%SERVER_PRECEDENCE";
  const std::vector<Suite> suites = chosen_suites(settings.cipher_suites);
  if (!suites.empty()) {
    check_combinations(suites);
    priority += ":-KX-ALL:-CIPHER-ALL:-MAC-ALL";
    add_parts(priority, suites, &Suite::exchange);
    add_parts(priority, suites, &Suite::cipher);
    add_parts(priority, suites, &Suite::mac);
  }
  if (!settings.curve_preferences.empty()) priority += ":-GROUP-ALL";
  for (const std::string& curve : settings.curve_preferences) priority += ":+GROUP-" + curve;
  return priority;
}

TlsCredentials::TlsCredentials(const TlsServer& settings)
    : client_auth_(settings.client_auth), allowed_names_(settings.client_allowed_sans) {
  const std::string priority = priority_string(settings);
  gnutls_priority_t made_priority = nullptr;
  if (const int error = gnutls_priority_init(&made_priority, priority.c_str(), nullptr); error != 0) {
    fail("tls_server_config", error);
  }
  priority_.reset(made_priority);
  gnutls_certificate_credentials_t made = nullptr;
  if (const int error = gnutls_certificate_allocate_credentials(&made); error != 0) fail("tls_server_config", error);
  credentials_.reset(made);
  const gnutls_datum_t certificate = datum(settings.certificate.text.reveal());
  const gnutls_datum_t key = datum(settings.key.text.reveal());
  const int error = gnutls_certificate_set_x509_key_mem(made, &certificate, &key, GNUTLS_X509_FMT_PEM);
  if (error == GNUTLS_E_CERTIFICATE_KEY_MISMATCH) {
    throw std::runtime_error("key_file: does not belong to the certificate");
  }
  if (error != 0) fail("cert_file, key_file", error);
  if (settings.client_ca.empty()) {
    if (client_auth_ != ClientAuth::none) gnutls_certificate_set_x509_system_trust(made);
  } else {
    const gnutls_datum_t authorities = datum(settings.client_ca.text.reveal());
    if (gnutls_certificate_set_x509_trust_mem(made, &authorities, GNUTLS_X509_FMT_PEM) < 1) {
      throw std::runtime_error("client_ca_file: has no certificate");
    }
  }
  gnutls_certificate_set_verify_function(made, &verify_client);
}

void TlsCredentials::apply(gnutls_session_t session) const {
  gnutls_priority_set(session, priority_.get());
  gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials_.get());
  // The session's own pointer is libmicrohttpd's. Sessions are not resumed, so that this one is free.
  gnutls_db_set_ptr(session, const_cast<TlsCredentials*>(this));
  switch (client_auth_) {
    case ClientAuth::none: gnutls_certificate_server_set_request(session, GNUTLS_CERT_IGNORE); break;
    case ClientAuth::request:
    case ClientAuth::verify_if_given: gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST); break;
    case ClientAuth::require_any:
    case ClientAuth::require_and_verify: gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE); break;
  }
}

// GnuTLS asks once the client has shown its certificate; what is not 0 ends the handshake.
int TlsCredentials::verify_client(gnutls_session_t session) {
  const auto* self = static_cast<const TlsCredentials*>(gnutls_db_get_ptr(session));
  return self != nullptr && self->admits(session) ? 0 : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

bool TlsCredentials::admits(gnutls_session_t session) const {
  unsigned count = 0;
  const gnutls_datum_t* chain = gnutls_certificate_get_peers(session, &count);
  if (chain == nullptr || count == 0) return !requires_certificate(client_auth_);
  if (verifies_certificates(client_auth_)) {
    std::string purpose = GNUTLS_KP_TLS_WWW_CLIENT;
    gnutls_typed_vdata_st data{GNUTLS_DT_KEY_PURPOSE_OID, reinterpret_cast<unsigned char*>(purpose.data()), 0};
    unsigned status = 0;
    if (gnutls_certificate_verify_peers(session, &data, 1, &status) != 0 || status != 0) return false;
  }
  return allowed_names_.empty() || has_allowed_name(chain[0], allowed_names_);
}

}  // namespace authprobe::web
