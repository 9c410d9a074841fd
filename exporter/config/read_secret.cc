#include "exporter/config/read_secret.h"

#include <algorithm>
#include <cctype>

namespace authprobe::config {
namespace {

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

}  // namespace

std::span<const Key<SecretSource>> secret_keys() {
  return kSecretKeys;
}

void read_secret(const Field& field, SecretSource& into, bool may_be_empty) {
  read_source(field, into);
  if (into.kind != SecretSource::Kind::value) return;
  field.warning("the secret stands in this file", "use { file = ... } or { env = ... }");
  if (into.text.empty() && !may_be_empty) field.error("must not be empty");
}

void read_text_or_secret(const Field& field, SecretSource& into) {
  if (std::holds_alternative<std::string>(field.value().data)) {
    read_secret_value(field, into);
  } else {
    read_source(field, into);
  }
}

}  // namespace authprobe::config
