#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "exporter/credential/answer_body.h"
#include "exporter/credential/login_refusal.h"
#include "exporter/credential/login_step.h"
#include "exporter/credential/token_answer.h"
#include "exporter/wire/cookies.h"
#include "exporter/wire/text.h"
#include "exporter/wire/wall_time.h"

namespace authprobe::credential {
namespace {

using config::Login;
using nlohmann::json;

TokenAnswer read_header(std::span<const wire::Header> headers, const std::string& name) {
  std::string_view text;
  for (const auto& [header, value] : headers) {
    if (wire::equal_ignoring_case(header, name)) text = value;
  }
  // Whatever stands in front of the value in Authorization is its scheme (RFC 9110, section 11.6.2).
  return with_token(text, wire::equal_ignoring_case(name, "Authorization") ? Schemes::any : Schemes::known);
}

std::string why_no_cookie(const wire::CookieJar& jar, const std::string& name) {
  const wire::Cookie* foreign = jar.find_foreign(name);
  if (foreign == nullptr) return "the answer has no token at the configured place";
  const auto in_host = [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-'; };
  const bool shown = foreign->domain.size() <= 253 && std::ranges::all_of(foreign->domain, in_host);
  return "the answer's cookie is for another server: its Domain is " + (shown ? foreign->domain : "no host name");
}

TokenAnswer read_token(const Login& login, const http::Response& response, const AnswerBody& body,
                       const wire::CookieJar& jar) {
  switch (login.from) {
    case Login::From::header: return read_header(response.headers, login.from_name);
    case Login::From::json_pointer: {
      const json value = body.at(login.from_name);
      if (value.is_null() || text_of(value).empty()) {
        return failed(FetchFailure::bad_response, body.has_places() ? "the answer has no text at json_pointer"
                                                                    : "the answer is neither JSON nor XML");
      }
      return with_token(text_of(value), Schemes::known);
    }
    case Login::From::cookie: break;
  }
  const wire::Cookie* cookie = jar.find(login.from_name);
  if (cookie == nullptr) return failed(FetchFailure::bad_response, why_no_cookie(jar, login.from_name));
  TokenAnswer answer = with_token(cookie->value, Schemes::none);
  answer.token.expires_at = cookie->end;
  return answer;
}

}  // namespace

TokenAnswer read_login_answer(const Login& login, const http::Response& response, WallTime now,
                              LoginProgress& progress) {
  const AnswerBody body(response.body);
  const wire::Url url = login_url(login, progress);
  progress.cookies.take(response.headers, url, now);
  TokenAnswer answer = read_token(login, response, body, progress.cookies);
  // A form in place of a token tells more than that there is no token.
  const bool may_be_form = login.from == Login::From::cookie || answer.failure != FetchFailure::none;
  if (std::string refusal = may_be_form ? login_refusal(login, response) : ""; !refusal.empty()) {
    return failed(FetchFailure::login_refused, std::move(refusal));
  }
  if (answer.failure != FetchFailure::none) return answer;
  if (std::string problem = take_values(login.take, response, url, progress); !problem.empty()) {
    return failed(FetchFailure::bad_response, std::move(problem));
  }
  answer.token.taken = std::move(progress.taken);
  if (!login.expiry_pointer.empty()) {
    if (!body.has_places()) return failed(FetchFailure::bad_response, "the answer is neither JSON nor XML");
    note_end(body.at(login.expiry_pointer), now, wire::TimeFormat::automatic, answer.token);
  }
  if (!answer.token.expires_at && !answer.token.never_expires && login.max_age) {
    answer.token.expires_at = wire::end_time(std::chrono::floor<std::chrono::seconds>(now) +
                                             std::chrono::floor<std::chrono::seconds>(*login.max_age));
  }
  return answer;
}

}  // namespace authprobe::credential
