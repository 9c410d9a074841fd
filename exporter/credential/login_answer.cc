#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "exporter/credential/login_refusal.h"
#include "exporter/credential/token_answer.h"
#include "exporter/credential/xml_text.h"
#include "exporter/wire/cookies.h"
#include "exporter/wire/text.h"
#include "exporter/wire/wall_time.h"

namespace authprobe::credential {
namespace {

using config::Login;
using nlohmann::json;

// The body in whichever form it comes. The pointer "" names the whole of it.
class Body {
 public:
  explicit Body(std::string_view text) : text_(wire::trimmed(text)), document_(json::parse(text, nullptr, false)) {}

  bool has_places() const { return !document_.is_discarded() || text_.starts_with('<'); }

  // Null where there is nothing.
  json at(const std::string& pointer) const {
    const bool one_value = !document_.is_structured() && !document_.is_string();
    if (pointer.empty() && one_value && !text_.starts_with('<')) return std::string(text_);
    if (document_.is_discarded()) {
      const auto text = xml_text(text_, pointer);
      return text ? json(*text) : json();
    }
    try {
      return document_.value(json::json_pointer(pointer), json());
    } catch (const json::exception&) {  // a value, or an index into an array that is no number
      return pointer.empty() ? document_ : json();
    }
  }

 private:
  std::string_view text_;
  json document_;
};

// A text or a whole number; empty: none of them.
std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_integer() ? value.dump() : "";
}

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

TokenAnswer read_token(const Login& login, const http::Response& response, const Body& body, WallTime now) {
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
  wire::CookieJar jar;
  jar.take(response.headers, login.url, now);
  const wire::Cookie* cookie = jar.find(login.from_name);
  if (cookie == nullptr) return failed(FetchFailure::bad_response, why_no_cookie(jar, login.from_name));
  TokenAnswer answer = with_token(cookie->value, Schemes::none);
  answer.token.expires_at = cookie->end;
  return answer;
}

}  // namespace

TokenAnswer read_login_answer(const Login& login, const http::Response& response, WallTime now) {
  const Body body(response.body);
  TokenAnswer answer = read_token(login, response, body, now);
  // A form in place of a token tells more than that there is no token.
  const bool may_be_form = login.from == Login::From::cookie || answer.failure != FetchFailure::none;
  if (std::string refusal = may_be_form ? login_refusal(login, response) : ""; !refusal.empty()) {
    return failed(FetchFailure::login_refused, std::move(refusal));
  }
  if (answer.failure != FetchFailure::none) return answer;
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
