#include "exporter/config/read_oauth2.h"

#include <algorithm>
#include <array>

namespace authprobe::config {
namespace {

// What the request for a token has from keys of its own.
constexpr std::array<std::string_view, 8> kOwnParameters{
    "grant_type", "scope", "audience", "client_id", "client_secret", "client_assertion", "client_assertion_type",
    "assertion"};

// RFC 6749, section 3.3.
bool is_scope(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

bool signs_assertions(const Oauth2& oauth2) {
  return oauth2.grant == OauthGrant::jwt_bearer || oauth2.auth_style == AuthStyle::private_key_jwt;
}

void need(const Field& field, std::string_view key, bool given, const std::string& because) {
  if (!given && !field.child(key)) field.error("must have " + std::string(key), because);
}

}  // namespace

void read_token_url(const Field& field, Credential& into) {
  assign(field.web_url(), into.oauth2.token_url);
}

void read_grant(const Field& field, Credential& into) {
  assign(field.choice(kOauthGrants), into.oauth2.grant);
}

void read_auth_style(const Field& field, Credential& into) {
  assign(field.choice(kAuthStyles), into.oauth2.auth_style);
}

void read_scope_list(const Field& field, std::vector<std::string>& into) {
  into.clear();
  for (const Field& element : field.elements()) {
    auto scope = element.text();
    if (scope && !is_scope(*scope)) {
      element.error("must be one scope: visible ASCII without spaces and quotation marks",
                    "several are an array: [\"read\", \"write\"]");
    } else if (scope) {
      into.push_back(std::move(*scope));
    }
  }
}

void read_scopes(const Field& field, Credential& into) {
  read_scope_list(field, into.oauth2.scopes);
}

void read_params(const Field& field, Credential& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  for (const Entry& entry : *entries) {
    const Field param = field.child(entry);
    if (std::find(kOwnParameters.begin(), kOwnParameters.end(), entry.key) != kOwnParameters.end()) {
      param.error("is sent from keys of its own");
    }
    if (auto value = param.text()) into.oauth2.params.emplace_back(entry.key, std::move(*value));
  }
}

void check_oauth2(const Field& field, Credential& into) {
  Oauth2& oauth2 = into.oauth2;
  if (!field.child("token_url")) field.error("must have token_url");
  const bool has_secret = field.child("client_secret").has_value();
  if (!field.child("auth_style") && !has_secret) {
    const bool by_key = oauth2.grant == OauthGrant::client_credentials && field.child("signing_key");
    oauth2.auth_style = by_key ? AuthStyle::private_key_jwt : AuthStyle::none;
  }
  const std::string word(word_for(kAuthStyles, oauth2.auth_style));
  const bool by_certificate = oauth2.auth_style == AuthStyle::none && field.child("certificate");
  if (oauth2.grant == OauthGrant::client_credentials && oauth2.auth_style == AuthStyle::none && !by_certificate) {
    field.error("must have client_secret, signing_key or certificate", "the token endpoint wants to know who asks");
  }
  if (oauth2.auth_style == AuthStyle::basic || oauth2.auth_style == AuthStyle::post) {
    need(field, "client_secret", has_secret, "auth_style = \"" + word + "\" sends it");
  } else if (has_secret) {
    field.child("client_secret")->error("is not sent with auth_style = \"" + word + '"');
  }
  if (oauth2.grant == OauthGrant::client_credentials || oauth2.auth_style != AuthStyle::none)
    need(field, "client_id", false, "");
  if (signs_assertions(oauth2)) {
    need(field, "signing_key", false, "it signs the assertion");
    if (oauth2.issuer.empty() && !field.child("client_id"))
      field.error("must have issuer or client_id", "the assertion names its issuer");
  } else if (const auto key = field.child("signing_key")) {
    key->error("is not used", "grant = \"jwt_bearer\" and auth_style = \"private_key_jwt\" sign with it");
  }
}

}  // namespace authprobe::config
