#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exporter/credential/aws_keys.h"
#include "exporter/credential/kerberos.h"
#include "exporter/credential/login_step.h"
#include "exporter/credential/token_answer.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::credential {
namespace {

using nlohmann::json;

// "error" of a refusal, also of one that comes as a form. Empty: it has none.
std::string error_of(std::string_view body) {
  const json document = json::parse(body, nullptr, false);
  if (document.is_object()) {
    const auto error = document.find("error");
    return error != document.end() && error->is_string() ? error->get<std::string>() : "";
  }
  for (body = wire::trimmed(body); !body.empty();) {
    const wire::Parameter parameter = wire::take_parameter(body);
    if (parameter.name == "error") return std::string(wire::trimmed(parameter.value.value_or("")));
  }
  return {};
}

// RFC 6749, section 5.2.
TokenAnswer refused(int status, std::string_view body) {
  const std::string code = error_of(body);
  for (auto failure = FetchFailure::invalid_request; failure <= FetchFailure::invalid_scope;
       failure = static_cast<FetchFailure>(static_cast<int>(failure) + 1)) {
    if (to_string(failure) == code) return failed(failure, "the token endpoint answered " + code);
  }
  const std::string detail = "the token's server answered with status " + std::to_string(status);
  if (status == 401) return failed(FetchFailure::http_401, detail);
  if (status == 403) return failed(FetchFailure::http_403, detail);
  if (status == 429) return failed(FetchFailure::http_429, detail);
  if (status >= 400 && status <= 499) return failed(FetchFailure::http_4xx, detail);
  if (status >= 500 && status <= 599) return failed(FetchFailure::http_5xx, detail);
  return failed(FetchFailure::http_other, detail);
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
TokenAnswer read_oauth2(const std::string& member, std::string_view body, WallTime now) {
  const json document = json::parse(body, nullptr, false);
  if (!document.is_object())
    return failed(FetchFailure::bad_response, "the token endpoint's answer is not a JSON object");
  const auto token = document.find(member);
  if (token == document.end() || !token->is_string()) {
    // Some say what is wrong with a success (GitHub).
    if (document.contains("error")) return refused(200, body);
    return failed(FetchFailure::bad_response, "the token endpoint's answer has no " + member);
  }
  const auto type = document.find("token_type");
  const std::string word = type != document.end() && type->is_string() ? type->get<std::string>() : "Bearer";
  if (const std::string_view other = type_sent_otherwise(word); !other.empty()) {
    return failed(FetchFailure::bad_response,
                  "the token is of type " + std::string(other) + ", which is not supported");
  }
  TokenAnswer answer = with_token(token->get_ref<const std::string&>(), Schemes::known);
  if (!wire::equal_ignoring_case(word, "Bearer")) {
    answer.token.remark = "the token endpoint reports another token type than Bearer; the token is sent as Bearer";
  }
  for (const char* name : {"expires_on", "expires_at", "expires_in"}) {  // the last one wins: no clock of theirs in it
    const auto value = document.find(name);
    const auto format = name[8] == 'i' ? wire::TimeFormat::seconds : wire::TimeFormat::automatic;
    if (value != document.end()) note_end(*value, now, format, answer.token);
  }
  if (const auto refresh = document.find("refresh_expires_in"); refresh != document.end()) {
    FetchedToken refreshed;
    note_end(*refresh, now, wire::TimeFormat::seconds, refreshed);
    answer.token.refresh_expires_at = refreshed.expires_at;
  }
  if (const auto scope = document.find("scope"); scope != document.end() && scope->is_string()) {
    std::istringstream words(scope->get<std::string>());
    answer.token.scopes.emplace(std::istream_iterator<std::string>(words), std::istream_iterator<std::string>());
  }
  return answer;
}

}  // namespace

TokenAnswer read_token_answer(const config::CredentialKind& kind, const http::Response& response, WallTime now,
                              LoginProgress& progress) {
  if (progress.kerberos != nullptr) return progress.kerberos->take(response.body, now, progress);
  if (progress.aws != nullptr) return read_aws_answer(response, now, progress);
  const auto* login = std::get_if<config::Login>(&kind);
  const int status = response.status;
  if (has_step(kind, progress)) {
    if (status < 200 || status >= 400) return refused(status, response.body);
    return take_step(*login, response, now, progress);
  }
  // A login page sets its cookie with a redirect to the next page.
  const bool success =
      (status >= 200 && status <= 299) ||
      (login != nullptr && login->from == config::Login::From::cookie && (status == 302 || status == 303));
  if (!success) return refused(status, response.body);
  if (login != nullptr) return read_login_answer(*login, response, now, progress);
  return read_oauth2(std::get<config::Oauth2>(kind).answer, response.body, now);
}

}  // namespace authprobe::credential
