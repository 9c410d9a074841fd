#include "exporter/config/forms.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

#include "exporter/config/hosts.h"
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
  if (!path) return;
  into.kind = SecretSource::Kind::file;
  into.text = *path;
}

void read_variable(const Field& field, SecretSource& into) {
  const auto name = field.text();
  if (name && !is_variable_name(*name)) {
    field.error("must be the name of an environment variable", "letters, digits and '_'");
  } else if (name) {
    into = {SecretSource::Kind::env, *name};
  }
}

// An empty pointer or name is a place of nothing.
template <auto member, auto ask>
constexpr Form<SecretSource> place = {[](const Field& field, SecretSource& into) {
                                        const auto text = (field.*ask)();
                                        if (text && text->empty()) field.error("must not be empty");
                                        assign(text, into.*member);
                                      },
                                      text<member>.show};

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
    {"json_pointer", place<&SecretSource::json_pointer, &Field::pointer>,
     "beside `file`: the file is JSON, with the secret at this place (RFC 6901), such as `\"/private_key\"`"},
    {"variable", place<&SecretSource::variable, &Field::line>,
     "beside `file`: the file has lines `NAME=VALUE`, as dotenv and INI files have, and the secret is the value of "
     "this name"},
    {"section", place<&SecretSource::section, &Field::line>,
     "beside `variable`: the `[section]` of an INI file that the line is in, such as a profile of "
     "`~/.aws/credentials`"},
};

constexpr std::string_view kSecretRule = R"(must be { file = "path" }, { env = "NAME" } or { value = "..." })";

void read_source(const Field& field, SecretSource& into) {
  const Table* table = std::get_if<Table>(&field.value().data);
  if (table == nullptr) {
    field.error(std::string(kSecretRule));
    return;
  }
  constexpr std::array<std::string_view, 3> kPlaces{"json_pointer", "variable", "section"};
  const auto is_place = [&](const Entry& entry) { return std::ranges::find(kPlaces, entry.key) != kPlaces.end(); };
  const auto places = static_cast<std::size_t>(std::ranges::count_if(*table, is_place));
  if (table->size() - places != 1) field.error(std::string(kSecretRule), "exactly one of them");
  into = {};
  read_table(field, all(kSecretKeys), into);
  if (places > 0 && !field.child("file")) field.error("json_pointer, variable and section are places in a file");
  if (field.child("json_pointer") && field.child("variable"))
    field.error("must have only one of json_pointer and variable");
  if (field.child("section") && !field.child("variable")) field.error("a section needs a variable");
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

void read_host_patterns(const Field& field, std::vector<std::string>& into) {
  into.clear();
  for (const Field& element : field.elements()) {
    auto host = element.line();
    if (!host) continue;
    if (const std::string problem = host_pattern_problem(*host); !problem.empty()) {
      element.error(problem);
    } else {
      into.push_back(std::move(*host));
    }
  }
}

std::string number_text(double number) {
  char buffer[32];
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr};
}

std::optional<std::string> json_of(const Field& field) {
  const auto& data = field.value().data;
  if (const auto* text = std::get_if<std::string>(&data)) return quoted(*text);
  if (const auto* boolean = std::get_if<bool>(&data)) return *boolean ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&data)) return std::to_string(*integer);
  if (const auto* number = std::get_if<double>(&data); number != nullptr && std::isfinite(*number)) {
    return number_text(*number);
  }
  field.error("must be a string, a number, true or false");
  return std::nullopt;
}

void read_json_values(const Field& field, std::vector<std::pair<std::string, std::string>>& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  into.clear();
  for (const Entry& entry : *entries) {
    const Field child = field.child(entry);
    if (!std::holds_alternative<Array>(entry.value.data)) {
      if (auto json = json_of(child)) into.emplace_back(entry.key, std::move(*json));
      continue;
    }
    std::vector<std::string> parts;
    for (const Field& element : child.elements()) {
      if (auto json = json_of(element)) parts.push_back(std::move(*json));
    }
    into.emplace_back(entry.key, '[' + wire::joined(parts, ", ") + ']');
  }
}

void read_secrets(const Field& field, NamedSecrets& into, bool (*is_good_name)(std::string_view),
                  std::string_view rule) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  into.clear();
  for (const Entry& entry : *entries) {
    const Field secret = field.child(entry);
    if (!is_good_name(entry.key)) secret.error("the name " + std::string(rule));
    SecretSource source;
    read_secret(secret, source);
    into.emplace_back(entry.key, std::move(source));
  }
}

void show_secrets(const NamedSecrets& secrets, const TomlWriter& out) {
  for (const auto& [name, source] : secrets) show_secret(source, out.at(name));
}

void add_secrets(const NamedSecrets& secrets, const std::string& key, std::vector<NamedSource>& sources) {
  for (const auto& [name, source] : secrets) sources.push_back({key + '.' + name, &source, SecretForm::line});
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
