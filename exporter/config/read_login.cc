#include "exporter/config/read_login.h"

#include <algorithm>
#include <cctype>

#include "exporter/config/read_secret.h"

namespace authprobe::config {
namespace {

bool has_lower_case(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::islower(c) != 0; });
}

void read_from(const Field& field, const std::optional<std::string>& name, Login::From from, Login& login) {
  if (name && name->empty() && from != Login::From::json_pointer) field.error("must not be empty");
  if (!name) return;
  login.from = from;
  login.from_name = *name;
}

// { header = "X-Auth-Token" } or { cookie = "session" }
void read_named_send(const Field& field, Login& login) {
  static constexpr Key<Login> kSendKeys[] = {
      {"header",
       [](const Field& child, Login& into) {
         into.send = Login::Send::header;
         assign(child.token(), into.send_name);
       }},
      {"cookie",
       [](const Field& child, Login& into) {
         into.send = Login::Send::cookie;
         assign(child.token(), into.send_name);
       }},
  };
  if (field.table()->size() != 1) field.error("must be one of header and cookie");
  read_table(field, std::span<const Key<Login>>(kSendKeys), login);
}

// Every ${name} in `text` must be one of the secrets.
void check_placeholders(const Field& field, std::string_view text, const Login& login) {
  for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
    const auto end = text.find('}', at);
    const std::string_view name = text.substr(at + 2, end == std::string_view::npos ? 0 : end - at - 2);
    const auto known = [&](const auto& secret) { return secret.first == name; };
    if (end == std::string_view::npos) {
      field.error("has a ${ without its }");
    } else if (std::none_of(login.secrets.begin(), login.secrets.end(), known)) {
      std::vector<std::string_view> names;
      for (const auto& [secret, source] : login.secrets) names.push_back(secret);
      field.error("has a ${name} that is none of `secrets`", did_you_mean(name, names));
    }
  }
}

void check_sources(const Field& field, Login& login) {
  int sources = 0;
  for (const std::string_view key : {"json_pointer", "cookie", "header"}) sources += field.child(key).has_value();
  if (sources == 0) field.error("must have json_pointer, cookie or header", "where the answer has the token");
  if (sources > 1) field.error("must have only one of json_pointer, cookie and header");
  const bool from_cookie = login.from == Login::From::cookie;
  if (!field.child("send") && from_cookie) login.send = Login::Send::cookie;
  if (login.send != Login::Send::cookie || !login.send_name.empty()) return;
  login.send_name = login.from_name;
  if (!from_cookie && sources == 1) {
    field.child("send")->error("must name the cookie", "send = { cookie = \"session\" }");
  }
}

}  // namespace

void read_login_url(const Field& field, Credential& into) {
  assign(field.web_url(), into.login.url);
}

void read_login_method(const Field& field, Credential& into) {
  const auto method = field.token();
  if (method && has_lower_case(*method)) {
    field.error("must be in capital letters", "methods are case-sensitive");
  } else if (method && *method == "CONNECT") {
    field.error("cannot be CONNECT");
  } else {
    assign(method, into.login.method);
  }
}

void read_login_headers(const Field& field, Credential& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  for (const Entry& entry : *entries) {
    const Field header = field.child(entry);
    if (!is_token(entry.key)) header.error("must be the name of a header", "letters, digits and '-'");
    if (auto value = header.line()) into.login.headers.emplace_back(entry.key, std::move(*value));
  }
}

void read_login_body(const Field& field, Credential& into) {
  assign(field.text(), into.login.body);
}

void read_login_secrets(const Field& field, Credential& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  for (const Entry& entry : *entries) {
    const Field secret = field.child(entry);
    if (!is_name(entry.key)) secret.error("the name " + std::string(kNameRule));
    SecretSource source;
    read_secret(secret, source);
    into.login.secrets.emplace_back(entry.key, std::move(source));
  }
}

void read_json_pointer(const Field& field, Credential& into) {
  read_from(field, field.pointer(), Login::From::json_pointer, into.login);
}

void read_cookie_name(const Field& field, Credential& into) {
  read_from(field, field.token(), Login::From::cookie, into.login);
}

void read_token_header(const Field& field, Credential& into) {
  read_from(field, field.token(), Login::From::header, into.login);
}

void read_send(const Field& field, Credential& into) {
  const auto* word = std::get_if<std::string>(&field.value().data);
  if (word != nullptr && *word == "bearer") {
    into.login.send = Login::Send::bearer;
  } else if (word != nullptr && *word == "cookie") {
    into.login.send = Login::Send::cookie;
  } else if (std::holds_alternative<Table>(field.value().data)) {
    read_named_send(field, into.login);
  } else {
    field.error(R"(must be "bearer", "cookie", { header = "NAME" } or { cookie = "NAME" })");
  }
}

void read_expiry_pointer(const Field& field, Credential& into) {
  assign(field.pointer(), into.login.expiry_pointer);
}

void read_max_age(const Field& field, Credential& into) {
  assign(field.duration(std::chrono::seconds(1), std::chrono::hours(24 * 3650)), into.login.max_age);
}

void check_login(const Field& field, Credential& into) {
  if (!field.child("url")) field.error("must have url");
  check_sources(field, into.login);
  if (const auto body = field.child("body")) check_placeholders(*body, into.login.body, into.login);
  const auto headers = field.child("headers");
  for (const auto& [name, value] : into.login.headers) check_placeholders(*headers, value, into.login);
}

}  // namespace authprobe::config
