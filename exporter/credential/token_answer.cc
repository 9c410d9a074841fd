#include "exporter/credential/token_answer.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exporter/credential/login_answer.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

using config::Login;
using nlohmann::json;

constexpr std::size_t kLongestToken = 32 * 1024;

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

std::optional<wire::Moment> moment_of(const json& value, WallTime now, wire::TimeFormat format) {
  if (value.is_number()) return wire::read_timestamp(value.get<double>(), now, format);
  if (value.is_string()) return wire::read_timestamp(value.get_ref<const std::string&>(), now, format);
  return std::nullopt;
}

// The scheme in front of a token; empty: none.
std::string_view scheme_of(std::string_view text, Schemes schemes) {
  constexpr std::array<std::string_view, 8> kKnown{"Bearer", "Basic", "Token", "JWT", "OAuth", "ApiKey", "Key", "SSWS"};
  if (schemes == Schemes::none) return {};
  const std::string_view scheme = text.substr(0, text.find(' '));
  const bool known = std::ranges::any_of(kKnown, [&](auto word) { return wire::equal_ignoring_case(word, scheme); });
  return known || (schemes == Schemes::any && scheme != text) ? scheme : std::string_view();
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

// The name of a token type that is not sent as it is, but with a proof or not at all: RFC 9449, RFC 9200, the MAC
// draft, RFC 8693. Others write words of their own for Bearer (Apigee: "BearerToken"). Empty: it is none of these.
std::string_view type_sent_otherwise(std::string_view type) {
  for (const std::string_view other : {"DPoP", "PoP", "MAC", "N_A"}) {
    if (wire::equal_ignoring_case(type, other)) return other;
  }
  return {};
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
  const std::string word = type != document.end() && type->is_string() ? type->get<std::string>() : "Bearer";
  if (const std::string_view other = type_sent_otherwise(word); !other.empty()) {
    return failed(FetchFailure::bad_response,
                  "the token is of type " + std::string(other) + ", which is not supported");
  }
  TokenAnswer answer = with_token(token->get_ref<const std::string&>(), Schemes::known);
  if (!wire::equal_ignoring_case(word, "Bearer")) {
    answer.token.remark = "the token endpoint calls its token another type than Bearer; it is sent as Bearer";
  }
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

}  // namespace

TokenAnswer failed(FetchFailure failure, std::string detail) {
  TokenAnswer answer;
  answer.failure = failure;
  answer.detail = std::move(detail);
  return answer;
}

TokenAnswer with_token(std::string_view text, Schemes schemes) {
  text = wire::trimmed(text);
  const std::string_view scheme = scheme_of(text, schemes);
  if (!scheme.empty()) text = wire::trimmed(text.substr(scheme.size()));
  const std::string_view problem = token_problem(text);
  if (!problem.empty()) return failed(FetchFailure::bad_response, std::string(problem));
  TokenAnswer answer;
  answer.token.value = wire::Secret(std::string(text));
  answer.token.scheme = wire::equal_ignoring_case(scheme, "Bearer") ? "Bearer" : std::string(scheme);
  return answer;
}

void note_end(const json& value, WallTime now, wire::TimeFormat format, FetchedToken& token) {
  const auto moment = moment_of(value, now, format);
  if (!moment) return;
  token.never_expires = moment->never;
  if (!moment->never) token.expires_at = moment->at;
}

TokenAnswer read_token_answer(const config::Credential& config, const http::Response& response, WallTime now) {
  const bool login = config.kind == config::CredentialKind::login;
  const int status = response.status;
  // A login page sets its cookie with a redirect to the next page.
  const bool success = (status >= 200 && status <= 299) ||
                       (login && config.login.from == Login::From::cookie && (status == 302 || status == 303));
  if (!success) return refused(status, response.body);
  return login ? read_login_answer(config.login, response, now) : read_oauth2(response.body, now);
}

}  // namespace authprobe::credential
