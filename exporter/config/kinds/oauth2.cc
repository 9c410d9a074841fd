// A token that the client fetches (RFC 6749, RFC 7523).
#include <algorithm>
#include <array>

#include "exporter/config/kinds/kind.h"
#include "exporter/wire/encoding.h"

namespace authprobe::config {
namespace {

// Parameters of a token request that have keys of their own.
constexpr std::array<std::string_view, 8> kOwnParameters{
    "grant_type", "scope", "audience", "client_id", "client_secret", "client_assertion", "client_assertion_type",
    "assertion"};

void read_params(const Field& field, Oauth2& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  for (const Entry& entry : *entries) {
    const Field param = field.child(entry);
    if (std::find(kOwnParameters.begin(), kOwnParameters.end(), entry.key) != kOwnParameters.end()) {
      param.error("must be set by its own key");
    }
    if (auto value = param.text()) into.params.emplace_back(entry.key, std::move(*value));
  }
}

void show_params(const Oauth2& oauth2, const TomlWriter& out) {
  for (const auto& [name, value] : oauth2.params) out.at(name).text(kRedacted);
}

// Shown even if it is the built-in one, because its default depends on other keys.
void show_auth_style(const Oauth2& oauth2, const TomlWriter& out) {
  out.text(name_of(kAuthStyles, oauth2.auth_style));
}

constexpr Key<Oauth2> kKeys[] = {
    {"client_id", identifier<&Oauth2::client_id>, R"(not needed by grant `"jwt_bearer"` with an `issuer`)"},
    {"client_secret", secret<&Oauth2::client_secret>, R"(for `auth_style` `"basic"` and `"post"`)"},
    {"token_url", web_url<&Oauth2::token_url>, "the token endpoint (RFC 6749); a redirect is never followed"},
    {"grant", word<&Oauth2::grant, kOauthGrants>,
     "`\"jwt_bearer\"`: the exporter exchanges an assertion that it signs (RFC 7523, 2.1; service accounts)"},
    {"auth_style",
     {word<&Oauth2::auth_style, kAuthStyles>.read, show_auth_style},
     "how the client authenticates: with the secret in a header or in the form, with an assertion (RFC 7523, 2.2) that "
     "it signs or has, or only with its `certificate` (RFC 8705)"},
    {"scopes", scopes<&Oauth2::scopes>, "the requested scopes"},
    {"audience", text<&Oauth2::audience, &Field::line>, "sent as the parameter `audience`"},
    {"params", {read_params, show_params}, "further parameters of the request: `resource`, `tenant` ..."},
    {"signing_key", secret<&Oauth2::signing_key, SecretForm::whole>, "PEM: an RSA key signs RS256, a P-256 key ES256"},
    {"key_id", text<&Oauth2::key_id, &Field::line>, "the assertion's `kid`"},
    {"issuer", text<&Oauth2::issuer, &Field::line>, "its `iss`"},
    {"subject", text<&Oauth2::subject, &Field::line>, "its `sub`"},
    {"assertion_audience", text<&Oauth2::assertion_audience, &Field::line>, "its `aud`"},
    {"claims", claims<&Oauth2::claims>, "its further claims, such as Google's `target_audience`"},
    {"signing_certificate", secret<&Oauth2::signing_certificate, SecretForm::whole>,
     "PEM: its thumbprints are the assertion's `x5t` and `x5t#S256`, by which Entra finds the key"},
    {"client_assertion", secret<&Oauth2::client_assertion>,
     "a JWT that another system keeps fresh, such as a Kubernetes service account's: Azure workload identity"},
    {"answer", text<&Oauth2::answer, &Field::line>,
     "the member of the answer that is sent to targets: `\"id_token\"` for Google's IAP and Cloud Run"},
    {"scheme", scheme_word<&Oauth2::scheme>, kSchemeHelp},
};

bool signs_assertions(const Oauth2& oauth2) {
  return oauth2.grant == OauthGrant::jwt_bearer || oauth2.auth_style == AuthStyle::private_key_jwt;
}

void need(const Field& field, std::string_view key, const std::string& because = "") {
  if (!field.child(key)) field.error("must have " + std::string(key), because);
}

// How the client authenticates, if `auth_style` is not given.
void choose_auth_style(const Field& field, Oauth2& oauth2) {
  if (field.child("auth_style") || field.child("client_secret")) return;
  if (field.child("client_assertion")) {
    oauth2.auth_style = AuthStyle::client_assertion;
    return;
  }
  const bool by_key = oauth2.grant == OauthGrant::client_credentials && field.child("signing_key");
  oauth2.auth_style = by_key ? AuthStyle::private_key_jwt : AuthStyle::none;
}

void check_client(const Field& field, const Oauth2& oauth2) {
  const std::string word(name_of(kAuthStyles, oauth2.auth_style));
  const bool by_certificate = oauth2.auth_style == AuthStyle::none && field.child("certificate");
  if (oauth2.grant == OauthGrant::client_credentials && oauth2.auth_style == AuthStyle::none && !by_certificate) {
    field.error("must have client_secret, signing_key, client_assertion or certificate",
                "the token endpoint requires client authentication");
  }
  if (oauth2.auth_style == AuthStyle::basic || oauth2.auth_style == AuthStyle::post) {
    need(field, "client_secret", "auth_style = \"" + word + "\" sends it");
  } else if (const auto secret = field.child("client_secret")) {
    secret->error("is not sent with auth_style = \"" + word + '"');
  }
  if (oauth2.auth_style == AuthStyle::client_assertion) {
    need(field, "client_assertion", "auth_style = \"" + word + "\" sends it");
  } else {
    refuse_idle(field, "client_assertion", "auth_style = \"" + word + "\" does not send it");
  }
  if (oauth2.grant == OauthGrant::client_credentials || oauth2.auth_style != AuthStyle::none) need(field, "client_id");
}

void check_assertion(const Field& field, const Oauth2& oauth2) {
  if (signs_assertions(oauth2)) {
    need(field, "signing_key", "it signs the assertion");
    if (oauth2.issuer.empty() && !field.child("client_id"))
      field.error("must have issuer or client_id", "the assertion names its issuer");
    return;
  }
  for (const std::string_view key :
       {"signing_key", "key_id", "issuer", "subject", "assertion_audience", "claims", "signing_certificate"}) {
    const auto idle = field.child(key);
    if (idle) idle->error("is not used", "grant = \"jwt_bearer\" and auth_style = \"private_key_jwt\" sign with it");
  }
}

void check(const Field& field, Oauth2& into) {
  if (!field.child("token_url")) field.error("must have token_url");
  choose_auth_style(field, into);
  check_client(field, into);
  check_assertion(field, into);
}

void authorize(const Oauth2& kind, const SecretsInUse& secrets, wire::Authorization& to) {
  std::string_view scheme = secrets.token_scheme.empty() ? "Bearer" : secrets.token_scheme;
  if (!kind.scheme.empty()) scheme = kind.scheme;
  to.headers.emplace_back("Authorization", wire::Secret::join({scheme, " ", secrets.token}));
}

// RFC 6749, section 2.3.1, wants both form-encoded before they are joined; many token endpoints do not decode them.
SecretHint client_hint(const Oauth2& kind, const SecretsInUse& secrets) {
  if (kind.auth_style != AuthStyle::basic) return {};
  const auto is_plain = [&](const SecretSource& source) {
    wire::Secret encoded;
    wire::append_percent_encoded(encoded, secrets.value_of(source));
    return encoded.reveal() == secrets.value_of(source);
  };
  if (is_plain(kind.client_id) && is_plain(kind.client_secret)) return {};
  return {
      "the client's id or secret has characters that token endpoints read in two ways with auth_style = \"basic\" "
      "(RFC 6749, section 2.3.1): it is sent form-encoded, and some endpoints do not decode it",
      "set auth_style = \"post\", which has one reading, or a secret of letters and digits alone"};
}

constexpr KindRow<Oauth2> kRow = {
    .traits = {.word = "oauth2", .is_token = true, .may_tell_expiry = true},
    .keys = kKeys,
    .check = check,
    .secret = &Oauth2::client_secret,
    .username = &Oauth2::client_id,
    .token_url = &Oauth2::token_url,
    .sent_as = [](const Oauth2&) { return wire::SentCredential::oauth2; },
    .authorize = authorize,
    .hint = client_hint,
};

}  // namespace

const KindRow<Oauth2>& Oauth2::row() {
  return kRow;
}

}  // namespace authprobe::config
