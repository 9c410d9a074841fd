#include "exporter/credential/token.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <sstream>

#include "exporter/credential/assertion.h"
#include "exporter/credential/knowledge.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

using config::AuthStyle;
using config::Login;
using nlohmann::json;

constexpr std::string_view kAssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
constexpr std::size_t kLongestToken = 32 * 1024;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

SignedAssertion assertion_of(const config::Oauth2& oauth2, const Reveal& reveal, WallTime now, std::string_view id,
                             bool is_grant) {
  const std::string client(reveal("client_id"));
  Assertion assertion;
  // RFC 7523, section 3: a client that authenticates is its own issuer and subject.
  assertion.issuer = oauth2.issuer.empty() ? client : oauth2.issuer;
  assertion.subject = oauth2.subject.empty() ? assertion.issuer : oauth2.subject;
  assertion.audience = oauth2.assertion_audience.empty() ? oauth2.token_url.text() : oauth2.assertion_audience;
  assertion.key_id = oauth2.key_id;
  assertion.id = id;
  if (is_grant) assertion.scope = joined(oauth2.scopes);
  assertion.now = now;
  return sign(assertion, reveal("signing_key"));
}

// Who asks (RFC 6749, section 2.3.1; RFC 7523, section 2.2).
void authenticate(const config::Oauth2& oauth2, const Reveal& reveal, WallTime now, std::string_view id,
                  wire::Secret& form, TokenRequest& made) {
  const std::string_view client = reveal("client_id");
  switch (oauth2.auth_style) {
    case AuthStyle::basic: {
      wire::Secret secret;
      wire::append_percent_encoded(secret, reveal("client_secret"));
      made.request.authorization.headers.emplace_back(
          "Authorization", wire::basic_credentials(wire::percent_encoded(client), secret.reveal()));
      return;
    }
    case AuthStyle::post: wire::append_form_field(form, "client_secret", reveal("client_secret")); break;
    case AuthStyle::private_key_jwt: {
      SignedAssertion assertion = assertion_of(oauth2, reveal, now, id, false);
      made.problem = std::move(assertion.problem);
      wire::append_form_field(form, "client_assertion_type", kAssertionType);
      wire::append_form_field(form, "client_assertion", assertion.text);
      break;
    }
    case AuthStyle::none: break;
  }
  if (!client.empty()) wire::append_form_field(form, "client_id", client);
}

TokenRequest oauth2_request(const config::Oauth2& oauth2, const Reveal& reveal, WallTime now, std::string_view id) {
  TokenRequest made;
  made.request.method = "POST";
  made.request.url = http::prepared(oauth2.token_url);
  made.request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
  wire::Secret form;
  if (oauth2.grant == config::OauthGrant::jwt_bearer) {
    SignedAssertion assertion = assertion_of(oauth2, reveal, now, id, true);
    made.problem = std::move(assertion.problem);
    wire::append_form_field(form, "grant_type", kJwtBearer);
    wire::append_form_field(form, "assertion", assertion.text);
  } else {
    wire::append_form_field(form, "grant_type", "client_credentials");
  }
  if (made.problem.empty()) authenticate(oauth2, reveal, now, id, form, made);
  if (!oauth2.scopes.empty()) wire::append_form_field(form, "scope", joined(oauth2.scopes));
  if (!oauth2.audience.empty()) wire::append_form_field(form, "audience", oauth2.audience);
  for (const auto& [name, value] : oauth2.params) wire::append_form_field(form, name, value);
  made.request.body = std::move(form);
  return made;
}

using AppendEscaped = void (*)(wire::Secret& out, std::string_view text);

void append_as_it_is(wire::Secret& out, std::string_view text) {
  out.append(text);
}

// For the inside of a JSON string.
void append_json_escaped(wire::Secret& out, std::string_view text) {
  const wire::Secret dumped(json(text).dump(-1, ' ', false, json::error_handler_t::replace));
  out.append(dumped.reveal().substr(1, dumped.size() - 2));
}

// `text` with each ${name} replaced; the configuration knows that each is one of the secrets.
wire::Secret filled(std::string_view text, const Reveal& reveal, AppendEscaped append_escaped) {
  wire::Secret result;
  for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${")) {
    const auto end = text.find('}', at);
    if (end == std::string_view::npos) break;
    result.append(text.substr(0, at));
    append_escaped(result, reveal("secrets." + std::string(text.substr(at + 2, end - at - 2))));
    text.remove_prefix(end + 1);
  }
  result.append(text);
  return result;
}

TokenRequest login_request(const Login& login, const Reveal& reveal) {
  TokenRequest made;
  made.request.method = login.method;
  made.request.url = http::prepared(login.url);
  AppendEscaped append_escaped = append_as_it_is;
  for (const auto& [name, value] : login.headers) {
    if (value.find("${") != std::string::npos) {
      made.request.authorization.headers.emplace_back(name, filled(value, reveal, append_as_it_is));
    } else {
      made.request.headers.emplace_back(name, value);
    }
    if (!wire::equal_ignoring_case(name, "Content-Type")) continue;
    if (wire::contains_ignoring_case(value, "json")) append_escaped = append_json_escaped;
    if (wire::contains_ignoring_case(value, "x-www-form-urlencoded")) append_escaped = wire::append_percent_encoded;
  }
  made.request.body = filled(login.body, reveal, append_escaped);
  return made;
}

TokenAnswer failed(FetchFailure failure, std::string detail) {
  TokenAnswer answer;
  answer.failure = failure;
  answer.detail = std::move(detail);
  return answer;
}

// RFC 6749, section 5.2.
TokenAnswer refused(int status, std::string_view body) {
  const json document = json::parse(body, nullptr, false);
  const auto error = document.is_object() ? document.find("error") : document.end();
  const std::string code =
      document.is_object() && error != document.end() && error->is_string() ? error->get<std::string>() : "";
  for (auto failure = FetchFailure::invalid_request; failure <= FetchFailure::invalid_scope;
       failure = static_cast<FetchFailure>(static_cast<int>(failure) + 1)) {
    if (to_string(failure) == code) return failed(failure, "the token endpoint answered " + code);
  }
  const std::string detail = "the server of the token answered with status " + std::to_string(status);
  if (status == 401) return failed(FetchFailure::http_401, detail);
  if (status == 403) return failed(FetchFailure::http_403, detail);
  if (status == 429) return failed(FetchFailure::http_429, detail);
  if (status >= 400 && status <= 499) return failed(FetchFailure::http_4xx, detail);
  if (status >= 500 && status <= 599) return failed(FetchFailure::http_5xx, detail);
  return failed(FetchFailure::http_other, detail);
}

// A time in JSON: a number, or a text that holds one or a date.
std::optional<wire::Moment> moment_of(const json& value, WallTime now, wire::TimeFormat format) {
  if (value.is_number()) return wire::read_timestamp(value.get<double>(), now, format);
  if (value.is_string()) return wire::read_timestamp(value.get_ref<const std::string&>(), now, format);
  return std::nullopt;
}

void note_end(const json& value, WallTime now, wire::TimeFormat format, FetchedToken& token) {
  const auto moment = moment_of(value, now, format);
  if (!moment) return;
  token.never_expires = moment->never;
  if (!moment->never) token.expires_at = moment->at;
}

// What is wrong with a token's form; empty: nothing.
std::string_view token_problem(std::string_view token) {
  if (token.empty()) return "the answer has an empty token";
  if (token.size() > kLongestToken) return "the answer has a token of more than 32 KiB";
  const auto cannot_be_sent = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
  if (std::any_of(token.begin(), token.end(), cannot_be_sent))
    return "the answer has a token with spaces or control characters";
  return "";
}

TokenAnswer with_token(std::string text) {
  const std::string_view problem = token_problem(text);
  if (!problem.empty()) return failed(FetchFailure::bad_response, std::string(problem));
  TokenAnswer answer;
  answer.token.value = wire::Secret(std::move(text));
  return answer;
}

// RFC 6749, section 5.1; `expires_on` is Azure's, `refresh_expires_in` Keycloak's.
TokenAnswer read_oauth2(std::string_view body, WallTime now) {
  const json document = json::parse(body, nullptr, false);
  if (!document.is_object()) return failed(FetchFailure::bad_response, "the token endpoint's answer is no JSON object");
  const auto token = document.find("access_token");
  if (token == document.end() || !token->is_string()) {
    // Some say what is wrong with a success (GitHub).
    if (document.contains("error")) return refused(200, body);
    return failed(FetchFailure::bad_response, "the token endpoint's answer has no access_token");
  }
  const auto type = document.find("token_type");
  if (type != document.end() && type->is_string() && !wire::equal_ignoring_case(type->get<std::string>(), "bearer")) {
    return failed(FetchFailure::bad_response, "the token is not of type Bearer");
  }
  TokenAnswer answer = with_token(token->get<std::string>());
  for (const char* name : {"expires_on", "expires_at", "expires_in"}) {  // the last one wins: no clock of theirs in it
    const auto value = document.find(name);
    const auto format = name[8] == 'i' ? wire::TimeFormat::seconds : wire::TimeFormat::automatic;
    if (value != document.end()) note_end(*value, now, format, answer.token);
  }
  if (const auto refresh = document.find("refresh_expires_in"); refresh != document.end()) {
    const auto moment = moment_of(*refresh, now, wire::TimeFormat::seconds);
    if (moment && !moment->never) answer.token.refresh_expires_at = moment->at;
  }
  if (const auto scope = document.find("scope"); scope != document.end() && scope->is_string()) {
    std::istringstream words(scope->get<std::string>());
    answer.token.scopes.emplace(std::istream_iterator<std::string>(words), std::istream_iterator<std::string>());
  }
  return answer;
}

struct Cookie {
  std::string value;  // empty: none of this name
  std::optional<WallTime> end;
};

// The cookie of that name that the answer sets.
Cookie cookie_of(std::span<const wire::Header> headers, std::string_view name, WallTime now) {
  for (const auto& [header, value] : headers) {
    if (!wire::equal_ignoring_case(header, "Set-Cookie") || !value.starts_with(name)) continue;
    const std::string_view rest = std::string_view(value).substr(name.size());
    if (rest.starts_with('=')) return {std::string(rest.substr(1, rest.find(';') - 1)), cookie_end(value, now)};
  }
  return {};
}

TokenAnswer read_login(const Login& login, std::span<const wire::Header> headers, std::string_view body, WallTime now) {
  const bool wants_json = login.from == Login::From::json_pointer || !login.expiry_pointer.empty();
  const json document = wants_json ? json::parse(body, nullptr, false) : json();
  if (wants_json && document.is_discarded()) return failed(FetchFailure::bad_response, "the answer is no JSON");
  std::string token;
  std::optional<WallTime> end;
  if (login.from == Login::From::json_pointer) {
    const json::json_pointer pointer(login.from_name);
    if (!document.contains(pointer) || !document.at(pointer).is_string()) {
      return failed(FetchFailure::bad_response, "the answer has no text at json_pointer");
    }
    token = document.at(pointer).get<std::string>();
  } else if (login.from == Login::From::cookie) {
    Cookie cookie = cookie_of(headers, login.from_name, now);
    token = std::move(cookie.value);
    end = cookie.end;
  } else {
    for (const auto& [name, value] : headers) {
      if (wire::equal_ignoring_case(name, login.from_name)) token = value;
    }
  }
  if (token.empty()) return failed(FetchFailure::bad_response, "the answer has no token where it should");
  TokenAnswer answer = with_token(std::move(token));
  answer.token.expires_at = end;
  if (!login.expiry_pointer.empty()) {
    const json::json_pointer pointer(login.expiry_pointer);
    if (document.contains(pointer)) note_end(document.at(pointer), now, wire::TimeFormat::automatic, answer.token);
  }
  if (!answer.token.expires_at && !answer.token.never_expires && login.max_age)
    answer.token.expires_at = now + *login.max_age;
  return answer;
}

}  // namespace

TokenRequest token_request(const config::Credential& config, const Reveal& reveal, WallTime now, std::string_view id) {
  if (config.kind == config::CredentialKind::login) return login_request(config.login, reveal);
  return oauth2_request(config.oauth2, reveal, now, id);
}

TokenAnswer read_token_answer(const config::Credential& config, const http::Response& response, WallTime now) {
  const bool login = config.kind == config::CredentialKind::login;
  const int status = response.status;
  // A login page sets its cookie with a redirect to the next page.
  const bool success = (status >= 200 && status <= 299) ||
                       (login && config.login.from == Login::From::cookie && (status == 302 || status == 303));
  if (!success) return refused(status, response.body);
  return login ? read_login(config.login, response.headers, response.body, now) : read_oauth2(response.body, now);
}

}  // namespace authprobe::credential
