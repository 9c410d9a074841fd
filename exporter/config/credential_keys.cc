// `credentials.NAME`.
#include <memory>
#include <string>

#include "exporter/config/forms.h"

namespace authprobe::config {
namespace {

void read_username(const Field& field, Credential& credential) {
  read_plain_or_secret(field, credential.username);
  if (credential.username.kind != SecretSource::Kind::value) return;
  if (credential.username.text.find(':') != std::string::npos) {
    field.error("must not contain a colon", "RFC 7617: it would end the user name");
  }
}

// Beside an empty password it is the secret: some APIs take their key as the user name.
void show_username(const Credential& credential, const TomlWriter& out) {
  const bool is_secret = credential.secret == SecretSource{SecretSource::Kind::value, ""};
  is_secret ? show_secret(credential.username, out) : show_plain_or_secret(credential.username, out);
}

void read_identifier(const Field& field, Credential& credential) {
  read_plain_or_secret(field, credential.username);
  if (credential.username.kind == SecretSource::Kind::value && credential.username.text.empty()) {
    field.error("must not be empty");
  }
}

void show_identifier(const Credential& credential, const TomlWriter& out) {
  show_plain_or_secret(credential.username, out);
}

void show_header(const Credential& credential, const TomlWriter& out) {
  if (credential.query.empty()) out.text(credential.header);
}

void read_query(const Field& field, Credential& credential) {
  const auto name = field.line();
  if (name && name->empty()) field.error("must not be empty");
  assign(name, credential.query);
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

void show_expires_at(const Credential& credential, const TomlWriter& out) {
  if (credential.expires_at) out.raw(date_text(*credential.expires_at));
  if (credential.never_expires) out.text("never");
}

template <auto member>
void read_aws_name(const Field& field, AwsSigv4& into) {
  const auto name = field.name();
  if (name && name->empty()) field.error("must not be empty");
  assign(name, into.*member);
}

constexpr auto kSecret = secret<&Credential::secret>;
constexpr Form<Credential> kPassword = secret<&Credential::secret, Empty::allowed>;
constexpr Form<Credential> kUsername = {read_username, show_username, list_secret};
constexpr Form<Credential> kIdentifier = {read_identifier, show_identifier, list_secret};

constexpr Key<Credential> kKindKey[] = {
    // Is read before the others, which depend on it.
    {"kind",
     {[](const Field&, Credential&) {},
      [](const Credential& credential, const TomlWriter& out) { out.text(to_string(credential.kind)); }},
     "how the credential is sent"},
};

constexpr Key<Credential> kBearerKeys[] = {
    {"token", kSecret, "sent as `Authorization: Bearer TOKEN`"},
};

constexpr Key<Credential> kApiKeyKeys[] = {
    {"key", kSecret, "the secret, sent in a header or in the query"},
    {"header", {text<&Credential::header, &Field::token>.read, show_header}, "the header that carries the key"},
    {"query",
     {read_query, text<&Credential::query>.show},
     "the query parameter that carries the key, instead of a header"},
};

constexpr Key<Credential> kPasswordKeys[] = {
    {"username", kUsername, "the user name, without a colon (RFC 7617)"},
    {"password", kPassword, "sent as `Authorization: Basic ...`, or as the answer to a challenge (RFC 7616)"},
};

constexpr Key<Credential> kCookieKeys[] = {
    {"cookie", kSecret, "sent as `Cookie: ...`; the whole value, including `session=`"},
};

constexpr Key<Credential> kOauth2ClientKeys[] = {
    {"client_id", kIdentifier, R"(not needed by grant `"jwt_bearer"` with an `issuer`)"},
    {"client_secret", kSecret, R"(for `auth_style` `"basic"` and `"post"`)"},
};

constexpr Key<Credential> kAwsKeyKeys[] = {
    {"access_key_id", kIdentifier, "the identifier of the key"},
    {"secret_access_key", kSecret, "signs each request (AWS Signature Version 4)"},
};

constexpr Key<AwsSigv4> kAwsKeys[] = {
    {"session_token", secret<&AwsSigv4::session_token>, "for temporary credentials: sent as `X-Amz-Security-Token`"},
    {"region", {read_aws_name<&AwsSigv4::region>, text<&AwsSigv4::region>.show}, R"(such as `"eu-central-1"`)"},
    {"service",
     {read_aws_name<&AwsSigv4::service>, text<&AwsSigv4::service>.show},
     R"(such as `"execute-api"`, `"s3"`)"},
};

constexpr Key<ClientCertificate> kCertificateKeys[] = {
    {"certificate", secret<&ClientCertificate::certificate>,
     "the client's certificate with its chain: PEM, or PKCS#12 that includes the key"},
    {"private_key", secret<&ClientCertificate::private_key>, "the certificate's private key, PEM"},
    {"certificate_password", secret<&ClientCertificate::password>, "opens a PKCS#12 file or an encrypted key"},
};

constexpr Key<Credential> kCommonKeys[] = {
    {"next", text<&Credential::next, &Field::name>,
     "the credential that will replace this one: [it is tried in advance](#the-next-credential)"},
    {"owner", text<&Credential::owner, &Field::line>, "who renews it: a label of `authprobe_credential_info`"},
    {"used_by", texts<&Credential::used_by, &Field::line>, "what stops working without it"},
    {"rotation", text<&Credential::rotation, &Field::link>, "the page that describes the renewal"},
    {"expires_at",
     {read_expires_at, show_expires_at},
     "the first day, in UTC, on which it no longer works: `2027-01-31`, without quotes"},
};

// Its token is fetched, or somebody is asked about it: requests for which its connection is there.
bool sends_requests(const Credential& credential) {
  return credential.kind == CredentialKind::oauth2 || credential.kind == CredentialKind::login ||
         !credential.expiry.lookup.url.empty() || !credential.expiry.introspection.url.empty();
}

// `kind`: whose keys apply; none: all.
template <typename C, typename N, typename Use>
void tables_of(C& credential, N& connection, std::optional<CredentialKind> kind, bool with_connection, Use use) {
  using enum CredentialKind;
  const auto of = [&](auto... kinds) { return !kind || ((*kind == kinds) || ...); };
  use(kKindKey, credential, true);
  use(kBearerKeys, credential, of(bearer));
  use(kApiKeyKeys, credential, of(api_key));
  use(kPasswordKeys, credential, of(basic, digest));
  use(kCookieKeys, credential, of(cookie));
  use(kOauth2ClientKeys, credential, of(oauth2));
  use(oauth2_keys(), credential.oauth2, of(oauth2));
  use(login_keys(), credential.login, of(login));
  use(kAwsKeyKeys, credential, of(aws_sigv4));
  use(kAwsKeys, credential.aws, of(aws_sigv4));
  use(kCertificateKeys, credential.certificate, true);
  use(kCommonKeys, credential, true);
  use(expiry_keys(), credential.expiry, true);
  use(declared_age_keys(), credential.expiry, !kind || *kind != login);
  use(introspection_keys(), credential.expiry, of(bearer, oauth2, login));
  use(scope_keys(), credential.scopes, true);
  use(connection_keys(), connection, with_connection);
}

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
void check_kind(const Field& field, Credential& credential) {
  switch (credential.kind) {
    case CredentialKind::oauth2: check_oauth2(field, credential.oauth2); break;
    case CredentialKind::login: check_login(field, credential.login); break;
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

// The requests about a credential are made as `connection` says, by default as the targets' are.
void settle_connection(const Field& field, Connection connection, Credential& credential) {
  if (!sends_requests(credential)) {
    for (const Key<Connection>& key : connection_keys()) {
      refuse_idle(field, key.name, "no request is made about this credential",
                  "only kinds oauth2 and login, expiry_lookup and introspection make such requests");
    }
    connection = Connection{};
  }
  const auto tls = field.child("tls");
  const bool is_introspected_by_another = !credential.expiry.introspection.credential.empty();
  if (tls && field.child("certificate") && !is_introspected_by_another) {
    refuse_idle(*tls, "certificate_file", "the credential's own certificate is sent");
  }
  credential.connection = std::make_shared<const Connection>(std::move(connection));
}

// What a reader of alerts or a rotation calendar will miss.
void lint(const Field& field, const Credential& credential) {
  if (credential.owner.empty()) field.warning("has no owner", "name the team that renews it");
  using enum CredentialKind;
  const bool is_readable = credential.kind == bearer || credential.kind == oauth2 || credential.kind == login ||
                           credential.kind == client_certificate;
  if (!is_readable && !tells_expiry(credential)) {
    field.warning("its expiry is not known", R"(declare expires_at = 2027-01-31 or expires_at = "never")");
  }
}

}  // namespace

void read_credential(const Field& field, Credential& into) {
  if (field.table() == nullptr) return;
  const std::optional<CredentialKind> kind = read_kind(field);
  into.kind = kind.value_or(CredentialKind::bearer);
  Connection connection = *into.connection;
  read_tables(
      field, [&](auto use) { tables_of(into, connection, kind, true, use); },
      [&](const Field& key) { key.error("is not a key of kind \"" + std::string(to_string(*kind)) + '"'); });
  if (!kind) return;
  check_kind(field, into);
  check_expiry(field, into);
  settle_connection(field, std::move(connection), into);
  lint(field, into);
}

void show_credential(const Credential& credential, const TomlWriter& out) {
  const auto tables = [&](auto use) {
    tables_of(credential, *credential.connection, credential.kind, sends_requests(credential), use);
  };
  show_tables(tables, out);
}

void list_credential(const std::string& path, std::vector<KnownKey>& keys) {
  const Credential credential;
  const Connection connection;
  list_tables([&](auto use) { tables_of(credential, connection, std::nullopt, true, use); }, path, keys);
}

}  // namespace authprobe::config
