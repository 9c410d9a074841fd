// A token from any request of the user's own.
#include <algorithm>
#include <cctype>

#include "exporter/config/kinds/kind.h"

namespace authprobe::config {
namespace {

bool has_lower_case(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::islower(c) != 0; });
}

void read_method(const Field& field, Login& into) {
  const auto method = field.token();
  if (method && has_lower_case(*method)) {
    field.error("must be in capital letters", "methods are case-sensitive");
  } else if (method && *method == "CONNECT") {
    field.error("cannot be CONNECT");
  } else {
    assign(method, into.method);
  }
}

// The replacement of a text with ${name}s, which are not secrets, but names of secrets.
std::string redacted(std::string_view text) {
  std::string shown(kRedacted);
  for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
    shown.append(1, ' ').append(text.substr(at, text.find('}', at) - at + 1));
  }
  return shown;
}

void show_headers(const Login& login, const TomlWriter& out) {
  for (const auto& [name, value] : login.headers) out.at(name).text(is_plain_header(name) ? value : redacted(value));
}

void show_body(const Login& login, const TomlWriter& out) {
  if (!login.body.empty()) out.text(redacted(login.body));
}

// Where the answer has the token.
template <Login::From from, auto ask>
constexpr Form<Login> token_in = {[](const Field& field, Login& into) {
                                    const auto name = (field.*ask)();
                                    if (name && name->empty() && from != Login::From::json_pointer)
                                      field.error("must not be empty");
                                    if (!name) return;
                                    into.from = from;
                                    into.from_name = *name;
                                  },
                                  [](const Login& login, const TomlWriter& out) {
                                    if (login.from == from) out.text(login.from_name);
                                  }};

// { header = "X-Auth-Token" } or { cookie = "session" }
template <Login::Send send>
constexpr Form<Login> send_as = {[](const Field& field, Login& into) {
                                   into.send = send;
                                   assign(field.token(), into.send_name);
                                 },
                                 [](const Login& login, const TomlWriter& out) {
                                   if (login.send == send) out.text(login.send_name);
                                 }};

constexpr Key<Login> kSendKeys[] = {
    {"header", send_as<Login::Send::header>, ""},
    {"cookie", send_as<Login::Send::cookie>, ""},
};

void read_send(const Field& field, Login& into) {
  const auto* word = std::get_if<std::string>(&field.value().data);
  const Table* named = std::get_if<Table>(&field.value().data);
  if (word != nullptr && *word == "bearer") {
    into.send = Login::Send::bearer;
  } else if (word != nullptr && *word == "cookie") {
    into.send = Login::Send::cookie;
  } else if (named != nullptr) {
    if (named->size() != 1) field.error("must be one of header and cookie");
    read_table(field, all(kSendKeys), into);
  } else {
    field.error(R"(must be "bearer", "cookie", { header = "NAME" } or { cookie = "NAME" })");
  }
}

void show_send(const Login& login, const TomlWriter& out) {
  if (login.send == Login::Send::bearer) {
    out.text("bearer");
  } else {
    out.raw(inline_table(login, all(kSendKeys)));
  }
}

// As a target's: the one key that expect_keys() has.
void read_expect(const Field& field, Login& into) {
  into.expect.emplace().status = {{200, 399}};
  expect_keys().front().form.read(field, *into.expect);
}

void show_expect(const Login& login, const TomlWriter& out) {
  if (login.expect) expect_keys().front().form.show(*login.expect, out);
}

constexpr Bounds kAge = between(std::chrono::seconds(1), std::chrono::hours(24 * 3650));

constexpr Key<Login> kKeys[] = {
    {"url", web_url<&Login::url>, "the URL of the token request"},
    {"method", {read_method, text<&Login::method>.show}, "the method of that request"},
    {"headers",
     {read_headers<&Login::headers>, show_headers},
     "name to value; `${name}` is replaced by one of `secrets`"},
    {"body",
     {read_member<&Login::body, &Field::text>, show_body},
     "the body, with `${name}` as above; a secret is escaped as JSON or as a form requires, by `headers.Content-Type`"},
    {"secrets", named_secrets<&Login::secrets, is_name, kNameRule>,
     "secrets of that request, with names of your choice"},
    {"json_pointer", token_in<Login::From::json_pointer, &Field::pointer>,
     "the place of the token in the answer (RFC 6901): a text or a whole number. In an XML answer, the parts are names "
     "of elements, and the last part may be an attribute: `\"/response/sessionKey\"`. `\"\"` is a body of plain text"},
    {"cookie", token_in<Login::From::cookie, &Field::token>,
     "the cookie that the answer sets; of several with this name and path, the last one counts; a removed cookie does "
     "not count"},
    {"header", token_in<Login::From::header, &Field::token>,
     "the answer's header with the token. A scheme in front of the token (`Bearer x`) is not repeated"},
    {"send", {read_send, show_send}, "how the token is sent to targets"},
    {"scheme", scheme_word<&Login::scheme>, kSchemeHelp},
    {"expiry_pointer", text<&Login::expiry_pointer, &Field::pointer>,
     "the place of the token's lifetime in the answer: seconds from now, or a time"},
    {"max_age", duration<&Login::max_age, kAge>,
     "the lifetime if neither the answer nor the token (a JWT) has one; without any lifetime, the token is used until "
     "it is refused"},
    {"expect",
     {read_expect, show_expect},
     "what the answer of a successful login is like, as a target's [`expect`](#expectations), without `protected` and "
     "`certificate_required`. Another answer is a failed fetch, `login_refused`"},
};

// True if every ${name} in `text` is one of the secrets.
bool check_placeholders(const Field& field, std::string_view text, const Login& login) {
  bool good = true;
  for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
    const auto end = text.find('}', at);
    const std::string_view name = text.substr(at + 2, end == std::string_view::npos ? 0 : end - at - 2);
    const auto known = [&](const auto& secret) { return secret.first == name; };
    if (end == std::string_view::npos) {
      field.error("has a ${ without its }");
    } else if (std::none_of(login.secrets.begin(), login.secrets.end(), known)) {
      std::vector<std::string_view> names;
      for (const auto& [secret, source] : login.secrets) names.push_back(secret);
      field.error("has a ${name} that is not one of `secrets`", did_you_mean(name, names));
    } else {
      continue;
    }
    good = false;
  }
  return good;
}

// Each secret must be in the request.
void check_secrets(const Field& field, const Login& login) {
  for (const auto& [name, source] : login.secrets) {
    const std::string placeholder = "${" + name + '}';
    const auto has_it = [&](const std::string& text) { return text.find(placeholder) != std::string::npos; };
    const bool is_used = has_it(login.body) || std::any_of(login.headers.begin(), login.headers.end(),
                                                           [&](const auto& header) { return has_it(header.second); });
    if (!is_used) refuse_idle(*field.child("secrets"), name, "neither body nor headers contain its ${name}");
  }
}

void check_templates(const Field& field, const Login& login) {
  bool good = true;
  if (const auto body = field.child("body")) good = check_placeholders(*body, login.body, login);
  const auto headers = field.child("headers");
  for (const auto& [name, value] : login.headers) good = check_placeholders(*headers, value, login) && good;
  if (good) check_secrets(field, login);
}

void check_sources(const Field& field, Login& login) {
  int sources = 0;
  for (const std::string_view key : {"json_pointer", "cookie", "header"}) sources += field.child(key).has_value();
  if (sources == 0) field.error("must have json_pointer, cookie or header", "the place of the token in the answer");
  if (sources > 1) field.error("must have only one of json_pointer, cookie and header");
  const bool from_cookie = login.from == Login::From::cookie;
  if (!field.child("send") && from_cookie) login.send = Login::Send::cookie;
  if (login.send != Login::Send::cookie || !login.send_name.empty()) return;
  login.send_name = login.from_name;
  if (!from_cookie && sources == 1) {
    field.child("send")->error("must name the cookie", "send = { cookie = \"session\" }");
  }
}

void check(const Field& field, Login& into) {
  if (!field.child("url")) field.error("must have url");
  check_sources(field, into);
  check_templates(field, into);
  if (into.send == Login::Send::cookie) refuse_idle(field, "scheme", "the token is sent as a cookie");
  if (!into.expect) return;
  const Field expect = *field.child("expect");
  for (const std::string_view key : {"protected", "certificate_required"}) {
    refuse_idle(expect, key, "it is for targets");
  }
}

wire::SentCredential sent_as(const Login& kind) {
  switch (kind.send) {
    case Login::Send::bearer: return wire::SentCredential::bearer;
    case Login::Send::cookie: return wire::SentCredential::cookie;
    case Login::Send::header: break;
  }
  return wire::SentCredential::api_key;
}

void authorize(const Login& kind, const SecretsInUse& secrets, wire::Authorization& to) {
  const std::string_view token = secrets.token;
  const std::string_view scheme = kind.scheme.empty() ? secrets.token_scheme : kind.scheme;
  switch (kind.send) {
    case Login::Send::bearer:
      to.headers.emplace_back("Authorization", wire::Secret::join({scheme.empty() ? "Bearer" : scheme, " ", token}));
      break;
    case Login::Send::cookie:
      to.headers.emplace_back("Cookie", wire::Secret::join({kind.send_name, "=", token}));
      break;
    case Login::Send::header:  // as the server handed it out
      to.headers.emplace_back(kind.send_name, wire::Secret::join({scheme, scheme.empty() ? "" : " ", token}));
      break;
  }
}

constexpr KindRow<Login> kRow = {
    .traits = {.word = "login", .is_token = true, .may_tell_expiry = true},
    .keys = kKeys,
    .check = check,
    .secret = nullptr,
    .username = nullptr,
    .token_url = &Login::url,
    .sent_as = sent_as,
    .authorize = authorize,
};

}  // namespace

const KindRow<Login>& Login::row() {
  return kRow;
}

}  // namespace authprobe::config
