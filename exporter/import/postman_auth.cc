#include "exporter/import/postman_auth.h"

#include <utility>

#include "exporter/config/toml_writer.h"
#include "exporter/import/tree.h"

namespace authprobe::importing {
namespace {

using config::quoted;
using config::Value;

class Auth {
 public:
  Auth(const Value& auth, const PostmanTexts& texts)
      : type_(text_of(find(&auth, "type"))), attributes_(find(&auth, type_)), texts_(texts) {}

  std::string read(ImportedCredential& into) {
    if (type_ == "noauth" || type_.empty()) return "";
    if (type_ == "bearer") {
      into = credential_of("bearer", "token", secret("token"));
    } else if (type_ == "basic" || type_ == "digest") {
      into = user();
      into.kind = type_;
    } else if (type_ == "apikey") {
      into = api_key();
    } else if (type_ == "oauth2") {
      return read_oauth2(into);
    } else if (type_ == "awsv4") {
      into = sigv4();
    } else {
      return "its authorization of type " + type_ + " is not one of ours";
    }
    return "";
  }

 private:
  // 2.1 has an array of {key, value}, 2.0 a table.
  std::string raw(std::string_view key) const {
    if (const Value* value = find(attributes_, key)) return text_of(value);
    for (const Value& attribute : elements(attributes_)) {
      if (text_of(find(&attribute, "key")) == key) return text_of(find(&attribute, "value"));
    }
    return "";
  }
  std::string plain(std::string_view key) const { return texts_.plain(raw(key)); }
  SecretText secret(std::string_view key) const { return texts_.secret(raw(key)); }

  ImportedCredential user() const {
    const SecretText name = secret("username");
    if (name.kind == SecretText::Kind::text) return basic_of(name.text, secret("password"));
    ImportedCredential credential = credential_of("basic", "password", secret("password"));
    credential.secrets["username"] = name;
    return credential;
  }

  ImportedCredential api_key() const {
    ImportedCredential credential = credential_of("api_key", "key", secret("value"));
    const bool is_query = plain("in") == "query";
    credential.values[is_query ? "query" : "header"] = quoted(plain("key"));
    return credential;
  }

  ImportedCredential sigv4() const {
    ImportedCredential credential = credential_of("aws_sigv4", "secret_access_key", secret("secretKey"));
    credential.secrets["access_key_id"] = secret("accessKey");
    if (!raw("sessionToken").empty()) credential.secrets["session_token"] = secret("sessionToken");
    credential.values["region"] = quoted(raw("region").empty() ? "us-east-1" : plain("region"));
    credential.values["service"] = quoted(plain("service"));
    return credential;
  }

  // A token that somebody has fetched, or what fetches one.
  std::string read_oauth2(ImportedCredential& into) const {
    const std::string grant = raw("grant_type");
    if (grant == "client_credentials" && !raw("accessTokenUrl").empty()) {
      into = credential_of("oauth2", "client_secret", secret("clientSecret"));
      into.secrets["client_id"] = secret("clientId");
      into.values["token_url"] = quoted(plain("accessTokenUrl"));
      if (raw("client_authentication") == "body") into.values["auth_style"] = quoted("post");
      if (!raw("scope").empty()) into.values["scopes"] = quoted(plain("scope"));
      if (!raw("audience").empty()) into.values["audience"] = quoted(plain("audience"));
      return "";
    }
    if (raw("accessToken").empty()) {
      return "its OAuth 2 token needs a person's login (" + (grant.empty() ? "no grant_type" : grant) + ')';
    }
    into = credential_of("bearer", "token", secret("accessToken"));
    const std::string prefix = plain("headerPrefix");
    if (!prefix.empty() && prefix != "Bearer") into.values["scheme"] = quoted(prefix);
    if (raw("addTokenTo") == "queryParams") {
      into.kind = "api_key";
      into.values = {{"query", quoted("access_token")}};
      into.secrets = {{"key", secret("accessToken")}};
    }
    return "";
  }

  std::string type_;
  const Value* attributes_;
  const PostmanTexts& texts_;
};

}  // namespace

std::string read_postman_auth(const Value& auth, const PostmanTexts& texts, ImportedCredential& credential) {
  return Auth(auth, texts).read(credential);
}

}  // namespace authprobe::importing
