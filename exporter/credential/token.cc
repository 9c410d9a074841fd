#include "exporter/credential/token.h"

#include <algorithm>
#include <optional>

#include "exporter/credential/assertion.h"
#include "exporter/credential/secret_template.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

using config::AuthStyle;
using config::Login;

constexpr std::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

SignedAssertion assertion_of(const config::Oauth2& oauth2, const config::SecretsInUse& secrets, WallTime now,
                             std::string_view id, bool is_grant) {
  const std::string client(secrets.value_of(oauth2.client_id));
  Assertion assertion;
  // RFC 7523, section 3: a client that authenticates is its own issuer and subject.
  assertion.issuer = oauth2.issuer.empty() ? client : oauth2.issuer;
  assertion.subject = oauth2.subject.empty() ? assertion.issuer : oauth2.subject;
  assertion.audience = oauth2.assertion_audience.empty() ? oauth2.token_url.text() : oauth2.assertion_audience;
  assertion.key_id = oauth2.key_id;
  assertion.id = id;
  if (is_grant) assertion.scope = wire::joined(oauth2.scopes, " ");
  assertion.claims = oauth2.claims;
  assertion.certificate = secrets.value_of(oauth2.signing_certificate);
  assertion.now = now;
  return sign(assertion, secrets.value_of(oauth2.signing_key));
}

// Who asks (RFC 6749, section 2.3.1; RFC 7523, section 2.2).
void authenticate(const config::Oauth2& oauth2, const config::SecretsInUse& secrets, WallTime now, std::string_view id,
                  wire::Secret& form, TokenRequest& made) {
  const std::string_view client = secrets.value_of(oauth2.client_id);
  switch (oauth2.auth_style) {
    case AuthStyle::basic: {
      wire::Secret secret;
      wire::append_percent_encoded(secret, secrets.value_of(oauth2.client_secret));
      made.request.authorization.headers.emplace_back(
          "Authorization", wire::basic_credentials(wire::percent_encoded(client), secret.reveal()));
      return;
    }
    case AuthStyle::post: wire::append_form_field(form, "client_secret", secrets.value_of(oauth2.client_secret)); break;
    case AuthStyle::private_key_jwt: {
      SignedAssertion assertion = assertion_of(oauth2, secrets, now, id, false);
      made.problem = std::move(assertion.problem);
      wire::append_form_field(form, "client_assertion_type", kAssertionType);
      wire::append_form_field(form, "client_assertion", assertion.text);
      made.assertion = wire::Secret(std::move(assertion.text));
      break;
    }
    case AuthStyle::client_assertion: {
      const std::string_view assertion = secrets.value_of(oauth2.client_assertion);
      wire::append_form_field(form, "client_assertion_type", kAssertionType);
      wire::append_form_field(form, "client_assertion", assertion);
      break;
    }
    case AuthStyle::none: break;
  }
  if (!client.empty()) wire::append_form_field(form, "client_id", client);
}

TokenRequest oauth2_request(const config::Oauth2& oauth2, const config::SecretsInUse& secrets, WallTime now,
                            std::string_view id) {
  TokenRequest made;
  made.request.method = "POST";
  made.request.url = http::prepared(oauth2.token_url);
  made.request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  wire::Secret form;
  if (oauth2.grant == config::OauthGrant::jwt_bearer) {
    SignedAssertion assertion = assertion_of(oauth2, secrets, now, id, true);
    made.problem = std::move(assertion.problem);
    wire::append_form_field(form, "grant_type", kJwtBearer);
    wire::append_form_field(form, "assertion", assertion.text);
    made.assertion = wire::Secret(std::move(assertion.text));
  } else {
    wire::append_form_field(form, "grant_type", "client_credentials");
  }
  if (made.problem.empty()) authenticate(oauth2, secrets, now, id, form, made);
  if (!oauth2.scopes.empty()) wire::append_form_field(form, "scope", wire::joined(oauth2.scopes, " "));
  if (!oauth2.audience.empty()) wire::append_form_field(form, "audience", oauth2.audience);
  for (const auto& [name, value] : oauth2.params) wire::append_form_field(form, name, value);
  made.request.body = std::move(form);
  return made;
}

const config::SecretSource& secret_named(const Login& login, std::string_view name) {
  static const config::SecretSource kNone;
  const auto found = std::ranges::find(login.secrets, name, [](const auto& secret) { return secret.first; });
  return found != login.secrets.end() ? found->second : kNone;
}

// What a login's templates name.
struct LoginValues {
  const Login& login;
  const config::SecretsInUse& secrets;
  const LoginProgress& progress;
  std::string_view jwt;  // empty: it has none
};

std::optional<std::string_view> value_named(const LoginValues& values, std::string_view name) {
  const auto& [login, secrets, progress, jwt] = values;
  for (const auto& [taken, value] : progress.taken) {
    if (taken == name) return value.reveal();
  }
  if (name == Login::kJwtName && login.jwt) return jwt;
  return secrets.value_of(secret_named(login, name));
}

// The cookies that the steps before have got, beside those that the request has itself.
void add_cookies(const LoginProgress& progress, http::Request& request) {
  const std::string line = progress.cookies.line_for(request.url->url());
  if (line.empty()) return;
  auto& headers = request.authorization.headers;
  const auto own = std::ranges::find_if(
      headers, [](const auto& header) { return wire::equal_ignoring_case(header.first, "Cookie"); });
  if (own != headers.end()) {
    own->second = wire::Secret::join({own->second.reveal(), "; ", line});
    return;
  }
  const std::string* plain = wire::find_header(request.headers, "Cookie");
  headers.emplace_back("Cookie",
                       plain == nullptr ? wire::Secret::join({line}) : wire::Secret::join({*plain, "; ", line}));
}

// `from`: the login, or one of its steps.
template <typename From>
http::Request filled_request(const From& from, wire::Url url, const LoginValues& values) {
  http::Request request;
  request.method = from.method;
  request.url = http::prepared(std::move(url));
  const auto value_of = [&](std::string_view name) { return value_named(values, name); };
  wire::AppendEscaped append_escaped = wire::append_as_it_is;
  for (const auto& [name, value] : from.headers) {
    if (value.find("${") != std::string::npos) {
      request.authorization.headers.emplace_back(name, wire::filled(value, value_of, wire::append_as_it_is));
    } else {
      request.headers.emplace_back(name, value);
    }
    if (wire::equal_ignoring_case(name, "Content-Type")) append_escaped = escape_for(value);
  }
  request.body = wire::filled(from.body, value_of, append_escaped);
  add_cookies(values.progress, request);
  return request;
}

TokenRequest login_request(const Login& login, const config::SecretsInUse& secrets, WallTime now,
                           const LoginProgress& progress) {
  constexpr std::size_t kMostPage = 1U << 20;  // bytes of a page with a form
  TokenRequest made;
  SignedAssertion jwt;
  if (login.jwt) jwt = sign(*login.jwt, secrets.value_of(login.jwt->signing_key), now);
  made.problem = std::move(jwt.problem);
  const LoginValues values{login, secrets, progress, jwt.text};
  if (progress.step < login.steps.size()) {
    const config::LoginStep& step = login.steps[progress.step];
    made.request = filled_request(step, step.url, values);
    made.request.keep_body = kMostPage;
  } else {
    made.request = filled_request(login, login_url(login, progress), values);
  }
  made.assertion = wire::Secret(std::move(jwt.text));
  return made;
}

}  // namespace

TokenRequest token_request(const config::CredentialKind& kind, const config::SecretsInUse& secrets, WallTime now,
                           std::string_view id, const LoginProgress& progress) {
  if (const auto* login = std::get_if<Login>(&kind)) return login_request(*login, secrets, now, progress);
  return oauth2_request(std::get<config::Oauth2>(kind), secrets, now, id);
}

}  // namespace authprobe::credential
