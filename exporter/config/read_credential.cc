#include "exporter/config/read_credential.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace authprobe::config {
namespace {

// Which kinds have a key: a bit for each, in the key's tag.
constexpr unsigned bit(CredentialKind kind) {
  return 1u << static_cast<unsigned>(kind);
}
constexpr unsigned kEveryKind = ~0u;

bool is_variable_name(std::string_view text) {
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text.front())) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

void read_secret_file(const Field& field, SecretSource& into) {
  const auto path = field.file_path();
  if (path && path->empty()) field.error("must not be empty");
  if (path) into = {SecretSource::Kind::file, *path};
}

void read_secret_variable(const Field& field, SecretSource& into) {
  const auto name = field.text();
  if (name && !is_variable_name(*name)) {
    field.error("must be the name of an environment variable", "letters, digits and '_'");
  } else if (name) {
    into = {SecretSource::Kind::env, *name};
  }
}

void read_secret_value(const Field& field, SecretSource& into) {
  if (const auto value = field.text()) into = {SecretSource::Kind::value, *value};
}

constexpr Key<SecretSource> kSecretKeys[] = {
    {"file", read_secret_file},
    {"env", read_secret_variable},
    {"value", read_secret_value},
};

constexpr std::string_view kSecretRule = R"(must be { file = "path" }, { env = "NAME" } or { value = "..." })";

void read_source(const Field& field, SecretSource& into) {
  const Table* table = std::get_if<Table>(&field.value().data);
  if (table == nullptr) {
    field.error(std::string(kSecretRule));
    return;
  }
  if (table->size() != 1) field.error(std::string(kSecretRule), "exactly one of them");
  read_table(field, secret_keys(), into);
}

void read_secret(const Field& field, Credential& credential) {
  read_source(field, credential.secret);
  if (credential.secret.kind != SecretSource::Kind::value) return;
  field.warning("the secret stands in this file", "use { file = ... } or { env = ... }");
  // Basic credentials may come with an empty password: some APIs take their key as the user name.
  if (credential.secret.text.empty() && field.key() != "password") field.error("must not be empty");
}

void read_username(const Field& field, Credential& credential) {
  if (std::holds_alternative<std::string>(field.value().data)) {
    read_secret_value(field, credential.username);
  } else {
    read_source(field, credential.username);
  }
  if (credential.username.kind != SecretSource::Kind::value) return;
  if (credential.username.text.find(':') != std::string::npos) {
    field.error("must not contain a colon", "RFC 7617: it would end the user name");
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

void read_header_name(const Field& field, Credential& credential) {
  assign(field.token(), credential.header);
}

void read_query_name(const Field& field, Credential& credential) {
  const auto name = field.line();
  if (name && name->empty()) field.error("must not be empty");
  assign(name, credential.query);
}

constexpr Key<Credential> kCredentialKeys[] = {
    {"kind", [](const Field&, Credential&) {}, kEveryKind},  // read before the others: they depend on it
    {"token", read_secret, bit(CredentialKind::bearer)},
    {"key", read_secret, bit(CredentialKind::api_key)},
    {"header", read_header_name, bit(CredentialKind::api_key)},
    {"query", read_query_name, bit(CredentialKind::api_key)},
    {"username", read_username, bit(CredentialKind::basic)},
    {"password", read_secret, bit(CredentialKind::basic)},
    {"cookie", read_secret, bit(CredentialKind::cookie)},
    {"owner", [](const Field& field, Credential& into) { assign(field.line(), into.owner); }, kEveryKind},
    {"used_by", read_used_by, kEveryKind},
    {"rotation", [](const Field& field, Credential& into) { assign(field.web_url(), into.rotation); }, kEveryKind},
    {"expires_at", read_expires_at, kEveryKind},
};

std::optional<CredentialKind> read_kind(const Field& field) {
  const auto kind = field.child("kind");
  if (kind) return kind->choice(kCredentialKinds);
  field.error("must have a kind", R"("bearer", "api_key", "basic" or "cookie")");
  return std::nullopt;
}

void require(const Field& field, std::string_view key) {
  if (!field.child(key)) field.error("must have " + std::string(key));
}

void check(const Field& field, CredentialKind kind) {
  if (kind == CredentialKind::basic) require(field, "username");
  for (const Key<Credential>& key : kCredentialKeys) {
    if (key.read == read_secret && (key.tag & bit(kind)) != 0) require(field, key.name);
  }
  if (field.child("header") && field.child("query")) field.error("must have only one of header and query");
}

// What a reader of alerts or a rotation calendar will miss.
void lint(const Field& field, const Credential& credential) {
  if (credential.owner.empty()) field.warning("has no owner", "who is to renew it?");
  const bool may_be_jwt = credential.kind == CredentialKind::bearer;
  if (!may_be_jwt && !credential.expires_at && !credential.never_expires) {
    field.warning("its expiry is not known", R"(declare expires_at = 2027-01-31 or expires_at = "never")");
  }
}

}  // namespace

std::span<const Key<Credential>> credential_keys() {
  return kCredentialKeys;
}
std::span<const Key<SecretSource>> secret_keys() {
  return kSecretKeys;
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
  check(field, *kind);
  lint(field, into);
}

}  // namespace authprobe::config
