// The kinds of credentials. What a kind is stands in its file, kinds/NAME.cc: its word, its keys, its secrets, how it
// authenticates a request. A new kind is such a file, and here a struct that is one of CredentialKind.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "exporter/config/aws_source.h"
#include "exporter/config/enum_names.h"
#include "exporter/config/expectation.h"
#include "exporter/config/secret_source.h"
#include "exporter/wire/authorization.h"
#include "exporter/wire/url.h"

namespace authprobe::config {

template <typename Kind>
struct KindRow;  // kinds/kind.h

struct Bearer {
  SecretSource token;
  std::string scheme = {};  // the word in front of the token; empty: Bearer
  bool operator==(const Bearer&) const = default;
  static const KindRow<Bearer>& row();
};

struct ApiKey {
  SecretSource key;
  std::string header = "X-API-Key";  // its name, unless `query` is set
  std::string query;                 // the parameter's name; empty: sent as a header
  std::string scheme = {};           // the word in front of the key in the header, such as "SSWS"; empty: none
  bool operator==(const ApiKey&) const = default;
  static const KindRow<ApiKey>& row();
};

// The claims of a JWT that we sign: names, and values as JSON text.
using Claims = std::vector<std::pair<std::string, std::string>>;

// A JWT that we sign ourselves is the token (RFC 7519): GitHub Apps, App Store Connect, Snowflake.
struct SignedJwt {
  SecretSource signing_key;  // PEM: RS256 or ES256 by its kind; any other text: HS256
  std::string key_id;        // `kid`; empty: none
  std::string issuer;        // `iss`, and so on; empty: none
  std::string subject;
  std::string audience;
  Claims claims;
  std::chrono::milliseconds lifetime = std::chrono::minutes(5);  // from `iat` to `exp`
  std::string scheme;                                            // the word in front of the token; empty: Bearer
  bool operator==(const SignedJwt&) const = default;
  static const KindRow<SignedJwt>& row();
};

// Sent in place of "{key}" in the path of the targets' URLs.
struct UrlPath {
  SecretSource key;
  bool operator==(const UrlPath&) const = default;
  static const KindRow<UrlPath>& row();
};

struct Basic {
  SecretSource username;
  SecretSource password;
  bool operator==(const Basic&) const = default;
  static const KindRow<Basic>& row();
};

struct Digest {
  SecretSource username;
  SecretSource password;
  bool operator==(const Digest&) const = default;
  static const KindRow<Digest>& row();
};

struct Oauth2 {
  SecretSource client_id;
  SecretSource client_secret;
  wire::Url token_url;
  OauthGrant grant = OauthGrant::client_credentials;
  AuthStyle auth_style = AuthStyle::basic;
  std::vector<std::string> scopes;
  std::string audience;  // the parameter of this name, which some servers want; empty: not sent
  std::vector<std::pair<std::string, std::string>> params;
  SecretSource signing_key;             // PEM: an RSA key signs RS256, a P-256 key ES256
  std::string key_id;                   // the assertion's `kid`; empty: none
  std::string issuer;                   // its `iss`; empty: client_id
  std::string subject;                  // its `sub`; empty: the issuer
  std::string assertion_audience;       // its `aud`; empty: token_url
  Claims claims;                        // further ones of the assertion
  SecretSource signing_certificate;     // PEM: its thumbprints are in the assertion's header
  SecretSource client_assertion;        // a JWT of somebody else that proves who asks, such as Kubernetes
  std::string answer = "access_token";  // the member of the answer that is sent to targets
  std::string scheme;                   // the word in front of the token; empty: Bearer
  bool operator==(const Oauth2&) const = default;
  static const KindRow<Oauth2>& row();
};

// A value of an answer that goes into later requests, such as a CSRF token.
struct TakenValue {
  // input: the value of a form's field. meta: the content of a page's <meta>. form: the `action` of a page's form.
  enum class From { json_pointer, cookie, header, input, meta, form };
  std::string name;  // in the ${name} of later requests
  From from = From::json_pointer;
  std::string place;  // the pointer (RFC 6901), or the name; of a form its name or id, empty: the first one
  bool operator==(const TakenValue&) const = default;
};

// A request in front of the one that logs in. ${name} as there.
struct LoginStep {
  static constexpr std::size_t kMost = 3;
  wire::Url url;
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::vector<TakenValue> take;
  bool operator==(const LoginStep&) const = default;
};

// A token from any request: where it is asked for, where it stands in the answer, how it is sent.
struct Login {
  enum class From { json_pointer, cookie, header };
  enum class Send { bearer, cookie, header };
  static constexpr std::string_view kJwtName = "jwt";  // of `jwt` in the templates
  wire::Url url;
  std::string method = "POST";
  std::vector<std::pair<std::string, std::string>> headers;  // ${name} stands for one of `secrets`, here and in `body`
  std::string body;
  std::vector<std::pair<std::string, SecretSource>> secrets;
  std::optional<SignedJwt> jwt;  // signed for each login
  std::vector<LoginStep> steps;  // before it, at the origin of `url`; their cookies are sent on
  std::vector<TakenValue> take;  // from the answer to the login itself
  std::string url_taken;         // the name of a taken value that is requested instead of `url`; empty: none
  From from = From::json_pointer;
  std::string from_name;  // the pointer (RFC 6901), the cookie's or the header's name
  Send send = Send::bearer;
  std::string send_name;  // the cookie's or the header's name
  std::string scheme;     // the word in front of the token; empty: as the answer has it, or Bearer
  std::vector<std::pair<std::string, std::string>> send_headers;  // with ${name}s of taken values, beside the token
  std::vector<std::pair<std::string, std::string>> send_cookies;  // likewise
  std::string expiry_pointer;                        // where the answer says how long the token lives; empty: nowhere
  std::optional<std::chrono::milliseconds> max_age;  // how long a token is used where nothing else tells
  std::optional<Expectation> expect;  // of the answer of a login that has succeeded; none: any success with a token
  bool operator==(const Login&) const = default;
  static const KindRow<Login>& row();
};

struct AwsSigv4 {
  SecretSource access_key_id;
  SecretSource secret_access_key;
  SecretSource session_token;
  std::string region;
  std::string service;
  AwsSource source;
  wire::Url keys_url = {};  // the server that is asked for keys first; empty: none is
  bool operator==(const AwsSigv4&) const = default;
  static const KindRow<AwsSigv4>& row();
};

// A key that signs each request with an HMAC, in the way that templates say.
struct Hmac {
  SecretSource key_id;
  SecretSource secret;
  SecretEncoding secret_encoding = SecretEncoding::text;
  DigestAlgorithm algorithm = DigestAlgorithm::sha256;
  std::string signed_text;  // a template, as those of `headers` and `query`: wire/signature_recipe.h
  SignatureEncoding encoding = SignatureEncoding::hex;
  std::vector<std::pair<std::string, std::string>> headers;
  std::vector<std::pair<std::string, std::string>> query;
  bool operator==(const Hmac&) const = default;
  static const KindRow<Hmac>& row();
};

// A service ticket of Kerberos, which the key of a keytab gets (RFC 4559, RFC 4120).
struct Negotiate {
  SecretSource keytab;
  SecretSource principal;        // "svc@EXAMPLE.ORG"
  std::string service = "HTTP";  // with the target's host: the name that the ticket is for
  std::vector<wire::Url> kdcs;   // of the principal's realm, as "http://kdc.example.org:88/": tried in this order
  wire::Url kdc = {};            // the first one
  bool operator==(const Negotiate&) const = default;
  static const KindRow<Negotiate>& row();
};

struct Cookie {
  SecretSource cookie;  // "name=value", or several
  bool operator==(const Cookie&) const = default;
  static const KindRow<Cookie>& row();
};

// Nothing but the certificate that a credential of any kind may have: Credential::certificate.
struct ClientCertificate {
  bool operator==(const ClientCertificate&) const = default;
  static const KindRow<ClientCertificate>& row();
};

using CredentialKind = std::variant<Bearer, ApiKey, UrlPath, Basic, Digest, Oauth2, Login, SignedJwt, AwsSigv4, Hmac,
                                    Negotiate, Cookie, ClientCertificate>;

// What is the same for all credentials of a kind.
struct KindTraits {
  std::string_view word;          // in the file and in labels
  bool is_token = false;          // of those that RFC 7662 can be asked about
  bool may_tell_expiry = false;   // the value itself, such as a JWT or a certificate, or the answer that it comes in
  bool may_lock_account = false;  // after so many failures: it is not tried out
  bool is_one_word = false;       // a space inside is a mistake
  bool is_made = false;           // of the secret, by us: what is sent changes by itself
  bool is_in_url = false;         // it stands in the path: without it there is no request to compare with

  // The secret without what is sent around it; null: it is bare.
  std::string_view (*bare_value)(std::string_view secret) = nullptr;
  // What is wrong with the form of a secret of this kind alone, or nothing; null: no form is wrong.
  std::string_view (*problem_of_shape)(std::string_view secret) = nullptr;
};

const KindTraits& traits_of(const CredentialKind& kind);
inline std::string_view to_string(const CredentialKind& kind) {
  return traits_of(kind).word;
}

// An empty credential of each kind.
std::vector<CredentialKind> all_kinds();

// The secret that is sent, or that proves who asks for a token, and whose it is; null: the kind has none.
const SecretSource* main_secret(const CredentialKind& kind);
SecretSource* main_secret(CredentialKind& kind);
const SecretSource* username(const CredentialKind& kind);

// Where its token, or the keys to sign with, are fetched; null: none are.
const wire::Url* token_url(const CredentialKind& kind);

wire::SentCredential sent_as(const CredentialKind& kind);

// The secrets in use.
struct SecretsInUse {
  std::function<std::string_view(const SecretSource&)> value_of;  // empty where there is none
  std::string_view token;                                         // the fetched one; empty: none
  std::string_view token_scheme;  // the word in front of it, as its server has it; empty: none
  std::span<const std::pair<std::string, wire::Secret>> taken = {};  // what a login took beside it, by its name
  std::function<wire::Secret()> proof = {};  // see wire::Authorization; empty: there is no ticket
};

// Adds to `to` what authenticates a request.
void authorize(const CredentialKind& kind, const SecretsInUse& secrets, wire::Authorization& to);

// Why the secrets, which could be read, cannot be used; empty where they can. Never a secret.
std::string_view problem_of(const CredentialKind& kind, const SecretsInUse& secrets);

// What servers read in more than one way in secrets that can be used, and what to try then. Never a secret; empty:
// there is nothing.
struct SecretHint {
  std::string_view fact;
  std::string_view advice;
};
SecretHint hint_of(const CredentialKind& kind, const SecretsInUse& secrets);

}  // namespace authprobe::config
