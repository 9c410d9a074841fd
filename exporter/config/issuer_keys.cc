// `credentials.NAME.token_issuer`: whom a credential's JWT is from, and where that issuer's keys are.
#include "exporter/config/forms.h"

namespace authprobe::config {
namespace {

// What is read there is believed: it decides what a refusal is called.
void warn_of_plain_http(const Field& field, const wire::Url& url) {
  if (!url.https() && !url.is_loopback()) field.warning("is asked over plain http", "use https");
}

void read_url(const Field& field, TokenIssuer& into) {
  const auto url = field.web_url();
  if (!url) return;
  if (url->text().find('?') != std::string::npos) field.error("must not have a query", "RFC 8414, section 2");
  warn_of_plain_http(field, *url);
  into.url = *url;
}

void read_jwks_url(const Field& field, TokenIssuer& into) {
  const auto url = field.web_url();
  if (!url) return;
  warn_of_plain_http(field, *url);
  into.jwks_url = *url;
}

constexpr Key<TokenIssuer> kIssuerTableKeys[] = {
    {"url",
     {read_url, web_url<&TokenIssuer::url>.show},
     "exactly the `iss` that the token is to have; its OpenID or RFC 8414 document is asked for, and the keys that "
     "this "
     "names at the same origin"},
    {"jwks_url",
     {read_jwks_url, web_url<&TokenIssuer::jwks_url>.show},
     "the issuer's keys, asked instead of the document: where they are at another origin (Google, Microsoft), or there "
     "is no document"},
};
constexpr auto kTable = table<&Credential::issuer, kIssuerTableKeys>;

void read_issuer(const Field& field, Credential& into) {
  if (std::holds_alternative<std::string>(field.value().data)) {
    read_url(field, into.issuer);
    return;
  }
  kTable.read(field, into);
  if (field.table() != nullptr && !field.child("url")) field.error("must have url");
}

void show_issuer(const Credential& credential, const TomlWriter& out) {
  if (!credential.issuer.url.empty()) kTable.show(credential, out);
}

constexpr Key<Credential> kIssuerKeys[] = {
    {"token_issuer",
     {read_issuer, show_issuer, kTable.list},
     "who issues the JWT: asked after a refusal, never with the token. Not needed where the token's `iss` is at the "
     "origin of `token_url`, of a login's `url`, or of the introspection or expiry lookup"},
};

void read_health_url(const Field& field, Credential& into) {
  const auto url = field.web_url();
  if (!url) return;
  warn_of_plain_http(field, *url);
  into.auth_health_url = *url;
}

constexpr Key<Credential> kHealthKeys[] = {
    {"auth_health_url",
     {read_health_url, web_url<&Credential::auth_health_url>.show},
     "a public page that tells whether the service that checks the credential is up (an identity provider's health "
     "page, its discovery document): asked after a refusal or a 5xx, never with a secret"},
};

}  // namespace

Keys<Credential> auth_health_keys() {
  return kHealthKeys;
}

Keys<Credential> issuer_keys() {
  return kIssuerKeys;
}

}  // namespace authprobe::config
