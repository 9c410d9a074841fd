// A token from any request of the user's own.
#include <algorithm>
#include <optional>

#include "exporter/config/kinds/kind.h"
#include "exporter/config/login_flow.h"
#include "exporter/wire/secret.h"

namespace authprobe::config {
namespace {

void show_body(const Login& login, const TomlWriter& out) {
  if (!login.body.empty()) out.text(redacted_template(login.body));
}

void read_steps(const Field& field, Login& into) {
  into.steps.clear();
  for (const Field& element : field.elements()) read_table(element, login_step_keys(), into.steps.emplace_back());
}

void show_steps(const Login& login, const TomlWriter& out) {
  if (login.steps.empty()) return;
  out.raw(array_text(login.steps, [](const LoginStep& step) { return inline_table(step, login_step_keys()); }));
}

void read_jwt(const Field& field, Login& into) {
  read_table(field, signed_jwt_keys(), into.jwt.emplace());
  require(field, {"signing_key"});
}

void show_jwt(const Login& login, const TomlWriter& out) {
  if (login.jwt) show_table(*login.jwt, signed_jwt_keys(), out);
}

void add_jwt_secrets(const Login& login, const std::string& key, std::vector<NamedSource>& sources) {
  if (!login.jwt) return;
  for (const Key<SignedJwt>& row : signed_jwt_keys()) {
    if (row.form.secrets != nullptr) row.form.secrets(*login.jwt, key + '.' + std::string(row.name), sources);
  }
}

// What is sent to the targets beside the token: texts with ${name}s of taken values.
template <auto member>
constexpr Form<Login> sent_beside = {read_headers<member>, [](const Login& login, const TomlWriter& out) {
                                       for (const auto& [name, text] : login.*member) out.at(name).text(text);
                                     }};

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
    {"method",
     {[](const Field& field, Login& into) { read_method(field, into.method); }, text<&Login::method>.show},
     "the method of that request"},
    {"headers",
     {read_headers<&Login::headers>,
      [](const Login& login, const TomlWriter& out) { show_header_templates(login.headers, out); }},
     "name to value; `${name}` is replaced by one of `secrets`"},
    {"body",
     {read_member<&Login::body, &Field::text>, show_body},
     "the body, with `${name}` as above; a secret is escaped as JSON or as a form requires, by `headers.Content-Type`"},
    {"secrets", named_secrets<&Login::secrets, is_name, kNameRule>,
     "secrets of that request, with names of your choice"},
    {"jwt",
     {read_jwt, show_jwt, nullptr, add_jwt_secrets},
     "a JWT that the exporter signs anew for each login, as [kind `jwt`](#tokens-that-the-exporter-signs-jwt) does, "
     "with its keys except `scheme`: `${jwt}` in `headers` and `body`"},
    {"steps",
     {read_steps, show_steps,
      [](const std::string& path, std::vector<KnownKey>& keys) { list_table(login_step_keys(), path, keys); }},
     "up to 3 requests in front of it, whose cookies are sent on: [logins of several "
     "requests](#logins-of-several-requests)"},
    {"url_taken", text<&Login::url_taken, &Field::name>,
     "the name of a value that a step takes: the URL that is requested instead of `url`, at its origin"},
    {"take",
     {[](const Field& field, Login& into) { read_taken(field, into.take); },
      [](const Login& login, const TomlWriter& out) { show_taken(login.take, out); }},
     "values of the login's own answer for `send_headers` and `send_cookies`, as a step takes them"},
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
    {"send_headers", sent_beside<&Login::send_headers>,
     "headers beside the token: name to text with the `${name}` of taken values, `{ X-CSRFToken = \"${csrf}\" }`"},
    {"send_cookies", sent_beside<&Login::send_cookies>, "likewise cookies beside the token"},
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
  check_flow(field, into);
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

wire::Secret with_taken(std::string_view text, const SecretsInUse& secrets) {
  const auto value_of = [&](std::string_view name) -> std::optional<std::string_view> {
    const auto found = std::ranges::find_if(secrets.taken, [&](const auto& value) { return value.first == name; });
    return found == secrets.taken.end() ? std::string_view() : found->second.reveal();
  };
  return wire::filled(text, value_of, wire::append_as_it_is);
}

void authorize(const Login& kind, const SecretsInUse& secrets, wire::Authorization& to) {
  const std::string_view token = secrets.token;
  const std::string_view scheme = kind.scheme.empty() ? secrets.token_scheme : kind.scheme;
  wire::Secret cookies;
  switch (kind.send) {
    case Login::Send::bearer:
      to.headers.emplace_back("Authorization", wire::Secret::join({scheme.empty() ? "Bearer" : scheme, " ", token}));
      break;
    case Login::Send::cookie: cookies = wire::Secret::join({kind.send_name, "=", token}); break;
    case Login::Send::header:  // as the server handed it out
      to.headers.emplace_back(kind.send_name, wire::Secret::join({scheme, scheme.empty() ? "" : " ", token}));
      break;
  }
  for (const auto& [name, text] : kind.send_cookies) {
    const wire::Secret value = with_taken(text, secrets);
    cookies = wire::Secret::join({cookies.reveal(), cookies.empty() ? "" : "; ", name, "=", value.reveal()});
  }
  if (!cookies.empty()) to.headers.emplace_back("Cookie", std::move(cookies));
  for (const auto& [name, text] : kind.send_headers) to.headers.emplace_back(name, with_taken(text, secrets));
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
