#include "exporter/config/forms.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "exporter/config/quantity.h"

namespace authprobe::config {
namespace {

bool is_variable_name(std::string_view text) {
  return !text.empty() && !std::isdigit(static_cast<unsigned char>(text.front())) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) || c == '_'; });
}

void read_file(const Field& field, SecretSource& into) {
  const auto path = field.file_path();
  if (path && path->empty()) field.error("must not be empty");
  if (path) into = {SecretSource::Kind::file, *path};
}

void read_variable(const Field& field, SecretSource& into) {
  const auto name = field.text();
  if (name && !is_variable_name(*name)) {
    field.error("must be the name of an environment variable", "letters, digits and '_'");
  } else if (name) {
    into = {SecretSource::Kind::env, *name};
  }
}

void read_value(const Field& field, SecretSource& into) {
  if (const auto value = field.text()) into = {SecretSource::Kind::value, *value};
}

template <SecretSource::Kind kind>
void show_source(const SecretSource& source, const TomlWriter& out) {
  if (source.kind == kind) out.text(kind == SecretSource::Kind::value ? kRedacted : std::string_view(source.text));
}

constexpr Key<SecretSource> kSecretKeys[] = {
    {"file",
     {read_file, show_source<SecretSource::Kind::file>},
     "the file with the secret, read again when it changes; blanks, line ends and a byte order mark around the secret "
     "are removed"},
    {"env", {read_variable, show_source<SecretSource::Kind::env>}, "the environment variable with the secret"},
    {"value",
     {read_value, show_source<SecretSource::Kind::value>},
     "the secret itself; this causes a warning, since more people read this file than should know the secret"},
};

constexpr std::string_view kSecretRule = R"(must be { file = "path" }, { env = "NAME" } or { value = "..." })";

void read_source(const Field& field, SecretSource& into) {
  const Table* table = std::get_if<Table>(&field.value().data);
  if (table == nullptr) {
    field.error(std::string(kSecretRule));
    return;
  }
  if (table->size() != 1) field.error(std::string(kSecretRule), "exactly one of them");
  read_table(field, all(kSecretKeys), into);
}

// RFC 6749, section 3.3.
bool is_scope(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; });
}

}  // namespace

void show_url(const wire::Url& url, const TomlWriter& out) {
  if (!url.empty()) out.text(url.with_redacted_query());
}

void show_duration(const std::optional<Duration>& duration, const TomlWriter& out) {
  if (duration) out.text(format_duration(*duration));
}

void read_secret(const Field& field, SecretSource& into, SecretForm form) {
  read_source(field, into);
  if (into.kind != SecretSource::Kind::value) return;
  field.warning("the secret is in this file", "use { file = ... } or { env = ... }");
  if (into.text.empty() && form != SecretForm::maybe_empty) field.error("must not be empty");
}

void show_secret(const SecretSource& source, const TomlWriter& out) {
  if (source.kind != SecretSource::Kind::none) out.raw(inline_table(source, all(kSecretKeys)));
}

void list_secret(const std::string& path, std::vector<KnownKey>& keys) {
  list_table(all(kSecretKeys), path, keys);
}

void read_plain_or_secret(const Field& field, SecretSource& into) {
  if (std::holds_alternative<std::string>(field.value().data)) {
    read_value(field, into);
  } else {
    read_source(field, into);
  }
}

void show_plain_or_secret(const SecretSource& source, const TomlWriter& out) {
  if (source.kind == SecretSource::Kind::value) {
    out.text(source.text);
  } else {
    show_secret(source, out);
  }
}

bool is_plain_header(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kPlainHeaders{
      "Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Content-Type", "Host", "Origin", "User-Agent"};
  return is_one_of(name, kPlainHeaders);
}

void read_scopes(const Field& field, std::vector<std::string>& into) {
  into.clear();
  for (const Field& element : field.elements()) {
    auto scope = element.text();
    if (scope && !is_scope(*scope)) {
      element.error("must be one scope: visible ASCII without spaces and quotation marks",
                    "write several as an array: [\"read\", \"write\"]");
    } else if (scope) {
      into.push_back(std::move(*scope));
    }
  }
}

}  // namespace authprobe::config
