#include "exporter/config/read_credential.h"

#include <memory>
#include <string>

#include "exporter/config/read_connection.h"
#include "exporter/config/read_expiry.h"
#include "exporter/config/read_login.h"
#include "exporter/config/read_oauth2.h"
#include "exporter/config/read_secret.h"

namespace authprobe::config {
namespace {

// Which kinds have a key: a bit for each, in the key's tag.
constexpr unsigned bit(CredentialKind kind) {
  return 1u << static_cast<unsigned>(kind);
}
constexpr unsigned kEveryKind = ~0u;

constexpr unsigned kPairKinds = bit(CredentialKind::basic) | bit(CredentialKind::digest);

void read_main_secret(const Field& field, Credential& credential) {
  // Basic credentials may come with an empty password: some APIs take their key as the user name.
  read_secret(field, credential.secret, field.key() == "password");
}

void read_username(const Field& field, Credential& credential) {
  read_text_or_secret(field, credential.username);
  if (credential.username.kind != SecretSource::Kind::value) return;
  if (credential.username.text.find(':') != std::string::npos) {
    field.error("must not contain a colon", "RFC 7617: it would end the user name");
  }
}

void read_identifier(const Field& field, Credential& credential) {
  read_text_or_secret(field, credential.username);
  if (credential.username.kind == SecretSource::Kind::value && credential.username.text.empty()) {
    field.error("must not be empty");
  }
}

void read_used_by(const Field& field, Credential& credential) {
  credential.used_by.clear();
  for (const Field& element : field.elements()) {
    if (auto user = element.line()) credential.used_by.push_back(std::move(*user));
  }
}

void read_expires_at(const Field& field, Credential& credential) {
  const auto* text = std::get_if<std::string>(&field.value().data);
  if (const auto* day = std::get_if<std::chrono::sys_days>(&field.value().data)) {
    credential.expires_at = *day;
  } else if (text != nullptr && *text == "never") {
    credential.never_expires = true;
  } else {
    field.error("must be a date or \"never\"", "such as 2027-01-31, without quotes and without a time");
  }
}

// How long a fetched token is used, or how long a declared credential lives.
void read_age(const Field& field, Credential& credential) {
  if (credential.kind == CredentialKind::login) return read_max_age(field, credential);
  read_declared_age(field, credential);
}

void read_header(const Field& field, Credential& credential) {
  if (credential.kind == CredentialKind::login) return read_token_header(field, credential);
  assign(field.token(), credential.header);
}

void read_cookie(const Field& field, Credential& credential) {
  if (credential.kind == CredentialKind::login) return read_cookie_name(field, credential);
  read_main_secret(field, credential);
}

void read_query_name(const Field& field, Credential& credential) {
  const auto name = field.line();
  if (name && name->empty()) field.error("must not be empty");
  assign(name, credential.query);
}

void read_rotation(const Field& field, Credential& into) {
  if (const auto url = field.web_url()) into.rotation = url->text();
}

void read_aws_name(const Field& field, std::string& into) {
  const auto name = field.name();
  if (name && name->empty()) field.error("must not be empty");
  assign(name, into);
}

template <std::string Oauth2::*text>
constexpr auto into_oauth2 = [](const Field& field, Credential& into) { assign(field.line(), into.oauth2.*text); };

template <SecretSource ClientCertificate::*source>
constexpr auto into_certificate =
    [](const Field& field, Credential& into) { read_secret(field, into.certificate.*source); };

template <void (*read)(const Field&, Connection&)>
constexpr auto into_connection = [](const Field& field, Credential& into) {
  Connection connection = *into.connection;
  read(field, connection);
  into.connection = std::make_shared<const Connection>(std::move(connection));
};

constexpr unsigned kOauth2 = bit(CredentialKind::oauth2);
constexpr unsigned kLogin = bit(CredentialKind::login);
constexpr unsigned kAws = bit(CredentialKind::aws_sigv4);

constexpr Key<Credential> kCredentialKeys[] = {
    {"kind", [](const Field&, Credential&) {}, kEveryKind},  // read before the others: they depend on it
    {"token", read_main_secret, bit(CredentialKind::bearer)},
    {"key", read_main_secret, bit(CredentialKind::api_key)},
    {"header", read_header, bit(CredentialKind::api_key) | kLogin},
    {"query", read_query_name, bit(CredentialKind::api_key)},
    {"username", read_username, kPairKinds},
    {"password", read_main_secret, kPairKinds},
    {"cookie", read_cookie, bit(CredentialKind::cookie) | kLogin},
    {"token_url", read_token_url, kOauth2},
    {"client_id", read_identifier, kOauth2},
    {"client_secret", read_main_secret, kOauth2},
    {"grant", read_grant, kOauth2},
    {"auth_style", read_auth_style, kOauth2},
    {"scopes", read_scopes, kOauth2},
    {"audience", into_oauth2<&Oauth2::audience>, kOauth2},
    {"params", read_params, kOauth2},
    {"signing_key", [](const Field& field, Credential& into) { read_secret(field, into.oauth2.signing_key); }, kOauth2},
    {"key_id", into_oauth2<&Oauth2::key_id>, kOauth2},
    {"issuer", into_oauth2<&Oauth2::issuer>, kOauth2},
    {"subject", into_oauth2<&Oauth2::subject>, kOauth2},
    {"assertion_audience", into_oauth2<&Oauth2::assertion_audience>, kOauth2},
    {"url", read_login_url, kLogin},
    {"method", read_login_method, kLogin},
    {"headers", read_login_headers, kLogin},
    {"body", read_login_body, kLogin},
    {"secrets", read_login_secrets, kLogin},
    {"json_pointer", read_json_pointer, kLogin},
    {"send", read_send, kLogin},
    {"expiry_pointer", read_expiry_pointer, kLogin},
    {"access_key_id", read_identifier, kAws},
    {"secret_access_key", read_main_secret, kAws},
    {"session_token", [](const Field& field, Credential& into) { read_secret(field, into.aws.session_token); }, kAws},
    {"region", [](const Field& field, Credential& into) { read_aws_name(field, into.aws.region); }, kAws},
    {"service", [](const Field& field, Credential& into) { read_aws_name(field, into.aws.service); }, kAws},
    {"certificate", into_certificate<&ClientCertificate::certificate>, kEveryKind},
    {"private_key", into_certificate<&ClientCertificate::private_key>, kEveryKind},
    {"certificate_password", into_certificate<&ClientCertificate::password>, kEveryKind},
    {"next", [](const Field& field, Credential& into) { assign(field.name(), into.next); }, kEveryKind},
    {"tls", into_connection<read_tls>, kEveryKind},
    {"proxy", into_connection<read_proxy>, kEveryKind},
    {"timeout", into_connection<read_timeout>, kEveryKind},
    {"owner", [](const Field& field, Credential& into) { assign(field.line(), into.owner); }, kEveryKind},
    {"used_by", read_used_by, kEveryKind},
    {"rotation", read_rotation, kEveryKind},
    {"expires_at", read_expires_at, kEveryKind},
    {"issued_at", read_issued_at, kEveryKind},
    {"max_age", read_age, kEveryKind},
    {"sliding", read_sliding, kEveryKind},
    {"warn_before", read_warn_before, kEveryKind},
    {"critical_before", read_critical_before, kEveryKind},
    {"expiry_header", read_expiry_header, kEveryKind},
    {"expiry_lookup", read_expiry_lookup, kEveryKind},
    {"introspection", read_introspection, bit(CredentialKind::bearer) | kOauth2 | kLogin},
    {"required_scopes", [](const Field& field, Credential& into) { read_scope_list(field, into.scopes.required); },
     kEveryKind},
    {"allowed_scopes", [](const Field& field, Credential& into) { read_scope_list(field, into.scopes.allowed); },
     kEveryKind},
};

std::optional<CredentialKind> read_kind(const Field& field) {
  const auto kind = field.child("kind");
  if (kind) return kind->choice(kCredentialKinds);
  field.error("must have a kind", R"(such as "bearer", "api_key", "basic" or "oauth2")");
  return std::nullopt;
}

void require(const Field& field, std::string_view key) {
  if (!field.child(key)) field.error("must have " + std::string(key));
}

// The keys without which a kind cannot be used; those of oauth2 and login depend on each other.
void check(const Field& field, Credential& credential) {
  switch (credential.kind) {
    case CredentialKind::oauth2: check_oauth2(field, credential); break;
    case CredentialKind::login: check_login(field, credential); break;
    case CredentialKind::client_certificate: require(field, "certificate"); break;
    default:
      if (const auto key = username_key(credential.kind); !key.empty()) require(field, key);
      require(field, secret_key(credential.kind));
  }
  if (credential.kind == CredentialKind::aws_sigv4) {
    require(field, "region");
    require(field, "service");
  }
  const bool is_login = credential.kind == CredentialKind::login;
  if (!is_login && field.child("header") && field.child("query")) field.error("must have only one of header and query");
  for (const std::string_view key : {"private_key", "certificate_password"}) {
    if (const auto given = field.child(key); given && !field.child("certificate")) given->error("needs a certificate");
  }
}

// What a reader of alerts or a rotation calendar will miss.
void lint(const Field& field, const Credential& credential) {
  if (credential.owner.empty()) field.warning("has no owner", "who is to renew it?");
  constexpr unsigned kReadable =
      bit(CredentialKind::bearer) | kOauth2 | kLogin | bit(CredentialKind::client_certificate);
  if ((kReadable & bit(credential.kind)) == 0 && !tells_expiry(credential)) {
    field.warning("its expiry is not known", R"(declare expires_at = 2027-01-31 or expires_at = "never")");
  }
}

}  // namespace

std::span<const Key<Credential>> credential_keys() {
  return kCredentialKeys;
}

void read_credential(const Field& field, Credential& into) {
  if (field.table() == nullptr) return;
  const std::optional<CredentialKind> kind = read_kind(field);
  into.kind = kind.value_or(CredentialKind::bearer);
  read_table(field, credential_keys(), into, [&](const Key<Credential>& key, const Field& child) {
    if (!kind || (key.tag & bit(*kind)) != 0) return false;
    child.error("is no key of kind \"" + std::string(to_string(*kind)) + '"');
    return true;
  });
  if (!kind) return;
  check(field, into);
  check_expiry(field, into);
  lint(field, into);
}

}  // namespace authprobe::config
