#include "exporter/import/openapi_security.h"

#include <utility>

#include "exporter/config/toml_writer.h"
#include "exporter/import/tree.h"
#include "exporter/wire/text.h"

namespace authprobe::importing {
namespace {

using config::quoted;
using config::Value;

SecretText missing(std::string what) {
  return {SecretText::Kind::missing, std::move(what)};
}

ImportedCredential of_http(const Value& scheme) {
  const std::string word = text_of(find(&scheme, "scheme"));
  if (wire::equal_ignoring_case(word, "basic") || wire::equal_ignoring_case(word, "digest")) {
    ImportedCredential user = credential_of(wire::lowered(word), "password", missing("the password"));
    user.secrets["username"] = missing("the user's name");
    return user;
  }
  ImportedCredential token = credential_of("bearer", "token", missing("the token"));
  if (!wire::equal_ignoring_case(word, "bearer")) token.values["scheme"] = quoted(word);
  return token;
}

ImportedCredential of_key(const Value& scheme) {
  const std::string in = text_of(find(&scheme, "in"));
  const std::string name = text_of(find(&scheme, "name"));
  if (in == "cookie") return credential_of("cookie", "cookie", missing(name + "=VALUE, the whole cookie"));
  ImportedCredential key = credential_of("api_key", "key", missing("the key"));
  key.values[in == "query" ? "query" : "header"] = quoted(name);
  return key;
}

// Where a client can fetch a token on its own, it does; else a person puts one into the file.
ImportedCredential of_oauth2(const Value& scheme) {
  const Value* flow = find(&scheme, {"flows", "clientCredentials"});
  const std::string url = text_of(find(flow, "tokenUrl"));
  if (url.find("://") == std::string::npos) return credential_of("bearer", "token", missing("an access token"));
  ImportedCredential client = credential_of("oauth2", "client_secret", missing("the client's secret"));
  client.secrets["client_id"] = missing("the client's id");
  client.values["token_url"] = quoted(url);
  return client;
}

std::string read_scheme(const Value* scheme, ImportedCredential& into) {
  const std::string type = text_of(find(scheme, "type"));
  if (type == "http") {
    into = of_http(*scheme);
  } else if (type == "apiKey") {
    into = of_key(*scheme);
  } else if (type == "oauth2") {
    into = of_oauth2(*scheme);
  } else if (type == "openIdConnect") {
    into = credential_of("bearer", "token", missing("an access token"));
  } else if (type == "mutualTLS") {
    into = credential_of("client_certificate", "certificate", missing("the client's certificate, PEM"));
    into.secrets["private_key"] = missing("its private key, PEM");
  } else {
    return type.empty() ? "is not described" : "is of type " + type;
  }
  return "";
}

// A key goes beside another credential; a second token does not.
bool put_beside(const ImportedCredential& key, ImportedCredential& credential) {
  if (key.kind == "client_certificate") {
    credential.secrets.insert(key.secrets.begin(), key.secrets.end());
    return true;
  }
  if (key.kind != "api_key") return false;
  const auto& [where, name] = *key.values.begin();  // "header" or "query", and its name in quotes
  const std::string plain = name.substr(1, name.size() - 2);
  credential.secrets["secret_" + where + (where == "header" ? "s." : ".") + config::key_text(plain)] =
      key.secrets.begin()->second;
  return true;
}

// All schemes of one requirement are sent together.
std::string read_requirement(const Value& requirement, const OpenApiDocument& document, OpenApiSecurity& into) {
  for (const config::Entry& entry : entries(&requirement)) {
    ImportedCredential found;
    const std::string why = read_scheme(document.component("securitySchemes", entry.key), found);
    if (!why.empty()) return "its security scheme " + entry.key + ' ' + why;
    into.name += (into.name.empty() ? "" : "-") + entry.key;
    std::vector<std::string> scopes;
    for (const Value& scope : elements(&entry.value)) scopes.push_back(text_of(&scope));
    if (found.kind == "oauth2" && !scopes.empty()) found.values["scopes"] = config::array_text(scopes, quoted);
    if (into.credential.kind.empty() || (into.credential.kind == "api_key" && put_beside(into.credential, found))) {
      into.credential = std::move(found);
    } else if (!put_beside(found, into.credential)) {
      return "its security needs two tokens at once";
    }
  }
  return "";
}

}  // namespace

OpenApiSecurity security_of(const Value* requirements, const OpenApiDocument& document) {
  OpenApiSecurity chosen;
  if (elements(requirements).empty()) {
    chosen.is_open = true;
    return chosen;
  }
  for (const Value& requirement : elements(requirements)) {
    if (entries(&requirement).empty()) {
      chosen = {};
      chosen.is_open = true;
      return chosen;
    }
  }
  for (const Value& requirement : elements(requirements)) {
    OpenApiSecurity one;
    one.why_not = read_requirement(requirement, document, one);
    if (one.why_not.empty()) return one;
    if (chosen.why_not.empty()) chosen.why_not = one.why_not;
  }
  return chosen;
}

}  // namespace authprobe::importing
