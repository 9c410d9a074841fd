#include "exporter/credential/login_step.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <variant>

#include "exporter/credential/answer_body.h"
#include "exporter/credential/html_page.h"
#include "exporter/credential/token_answer.h"
#include "exporter/wire/text.h"

namespace authprobe::credential {
namespace {

using config::TakenValue;

constexpr std::size_t kLongestValue = 8 * 1024;

std::optional<std::string> header_of(const http::Response& response, const std::string& name) {
  const std::string* value = wire::find_header(response.headers, name);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<std::string> cookie_of(const wire::CookieJar& cookies, const std::string& name) {
  const wire::Cookie* cookie = cookies.find(name);
  return cookie == nullptr ? std::nullopt : std::optional(cookie->value);
}

// An action may be relative to its page, and an empty one is the page itself.
std::optional<std::string> absolute(const std::optional<std::string>& action, const wire::Url& page) {
  if (!action) return std::nullopt;
  if (action->empty()) return page.text();
  const auto url = http::redirect_url(page, *action);
  return url ? std::optional(url->text()) : std::nullopt;
}

std::optional<std::string> value_at(const TakenValue& wanted, const http::Response& response, const wire::Url& url,
                                    const wire::CookieJar& cookies) {
  switch (wanted.from) {
    case TakenValue::From::cookie: return cookie_of(cookies, wanted.place);
    case TakenValue::From::header: return header_of(response, wanted.place);
    case TakenValue::From::input: return input_value(response.body, wanted.place);
    case TakenValue::From::meta: return meta_content(response.body, wanted.place);
    case TakenValue::From::form: return absolute(form_action(response.body, wanted.place), url);
    case TakenValue::From::json_pointer: break;
  }
  std::string text = text_of(AnswerBody(response.body).at(wanted.place));
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

// It goes into headers, too.
std::string problem_of(const std::optional<std::string>& value, const std::string& name) {
  if (!value || value->empty()) return "the answer has no value for `" + name + '`';
  if (value->size() > kLongestValue) return "the value for `" + name + "` has more than 8 KiB";
  const bool breaks = std::ranges::any_of(*value, [](unsigned char c) { return c < ' ' || c == 0x7f; });
  return breaks ? "the value for `" + name + "` has control characters" : "";
}

// The secrets of the login go to no other server than its own.
bool leads_elsewhere(const config::Login& login, const LoginProgress& progress) {
  for (const auto& [name, value] : progress.taken) {
    if (name != login.url_taken) continue;
    const auto url = wire::Url::parse(std::string(value.reveal()));
    return !url || !wire::same_origin(*url, login.url);
  }
  return false;
}

}  // namespace

std::string take_values(const std::vector<TakenValue>& wanted, const http::Response& response, const wire::Url& url,
                        LoginProgress& progress) {
  for (const TakenValue& one : wanted) {
    std::optional<std::string> value = value_at(one, response, url, progress.cookies);
    if (std::string problem = problem_of(value, one.name); !problem.empty()) return problem;
    progress.taken.emplace_back(one.name, wire::Secret(std::move(*value)));
  }
  return {};
}

TokenAnswer take_step(const config::Login& login, const http::Response& response, WallTime now,
                      LoginProgress& progress) {
  const config::LoginStep& step = login.steps.at(progress.step);
  progress.cookies.take(response.headers, step.url, now);
  const std::string in_front = "step " + std::to_string(progress.step + 1) + " of the login: ";
  if (std::string problem = take_values(step.take, response, step.url, progress); !problem.empty()) {
    return failed(FetchFailure::bad_response, in_front + problem);
  }
  if (leads_elsewhere(login, progress)) {
    return failed(FetchFailure::bad_response,
                  in_front + "the value for `" + login.url_taken + "` is not a URL at the origin of the login's url");
  }
  ++progress.step;
  return {};
}

bool has_step(const config::CredentialKind& kind, const LoginProgress& progress) {
  const auto* login = std::get_if<config::Login>(&kind);
  return login != nullptr && progress.step < login->steps.size();
}

wire::Url login_url(const config::Login& login, const LoginProgress& progress) {
  const auto taken = std::ranges::find(progress.taken, login.url_taken,
                                       [](const auto& value) { return std::string_view(value.first); });
  if (login.url_taken.empty() || taken == progress.taken.end()) return login.url;
  return wire::Url::parse(std::string(taken->second.reveal())).value_or(login.url);
}

}  // namespace authprobe::credential
