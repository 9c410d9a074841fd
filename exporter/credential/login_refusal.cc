#include "exporter/credential/login_refusal.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "exporter/wire/authorization.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::credential {
namespace {

// Location, as far as this reads it: path, query and fragment of any reference (RFC 3986).
struct Reference {
  std::string_view path;
  std::string_view query;  // with the fragment: single-page applications have their parameters there
};

Reference reference_of(std::string_view location) {
  if (const auto scheme = location.find("//");
      scheme != std::string_view::npos && scheme < location.find('/', scheme)) {
    const auto path = location.find_first_of("/?#", scheme + 2);
    location = path == std::string_view::npos ? "/" : location.substr(path);
  }
  const auto end = location.find_first_of("?#");
  return {location.substr(0, end), end == std::string_view::npos ? std::string_view() : location.substr(end + 1)};
}

std::string_view last_segment(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.rfind('/') + 1);
}

// "Login_Error.jsp" as "loginerror".
std::string letters_of(std::string_view segment) {
  std::string letters;
  for (const char c : wire::lowered(segment.substr(0, segment.find('.')))) {
    if (c >= 'a' && c <= 'z') letters += c;
  }
  return letters;
}

bool is_login_page(std::string_view path) {
  constexpr std::array<std::string_view, 18> kPages{
      "login",        "signin",      "logon",        "loginpage",   "signinpage", "loginerror",
      "loginfail",    "loginfailed", "loginfailure", "signinerror", "autherror",  "authfailed",
      "accessdenied", "denied",      "wplogin",      "userlogin",   "loginform",  "relogin"};
  if (path.ends_with("/session/new") || path.ends_with("/sessions/new")) return true;
  return std::ranges::find(kPages, letters_of(last_segment(path))) != kPages.end();
}

// "error", "login_error=1", "login=failed"; not "error=0".
bool tells_failure(std::string_view parameter) {
  const auto equals = parameter.find('=');
  const std::string_view name = parameter.substr(0, equals);
  const std::string_view value = equals == std::string_view::npos ? std::string_view() : parameter.substr(equals + 1);
  for (const std::string_view none : {"0", "false", "none", "null", "no"}) {
    if (wire::equal_ignoring_case(value, none)) return false;
  }
  for (const std::string_view word : {"error", "fail", "denied", "invalid", "incorrect"}) {
    if (wire::contains_ignoring_case(name, word) || wire::starts_with_ignoring_case(value, word)) return true;
  }
  return wire::equal_ignoring_case(name, "err");
}

bool query_tells_failure(std::string_view query) {
  while (!query.empty()) {
    const std::string_view parameter = query.substr(0, query.find_first_of("&;?#"));
    if (tells_failure(parameter)) return true;
    query.remove_prefix(std::min(query.size(), parameter.size() + 1));
  }
  return false;
}

std::string_view without_slash(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

std::string refusal_by_redirect(const config::Login& login, std::string_view location) {
  const Reference reference = reference_of(location);
  if (query_tells_failure(reference.query)) return "the login redirects to the address of an error page";
  if (without_slash(reference.path) == without_slash(login.url.path()) && !without_slash(reference.path).empty()) {
    // With a query it may be a step of a login that works: Moodle checks the new session's cookie so (`testsession=`).
    return reference.query.empty() ? "the login redirects back to itself" : "";
  }
  // An application takes the ticket of a central login (CAS) at its own login page.
  if (wire::hands_over_login(reference.query)) return "";
  return is_login_page(reference.path) ? "the login redirects to a login page" : "";
}

// A form with one password field asks for the password again; one with two changes it.
bool asks_for_password(std::string_view body) {
  const std::string page = wire::lowered(body);
  int fields = 0;
  for (auto at = page.find("<input"); at != std::string::npos; at = page.find("<input", at + 1)) {
    const std::string_view tag = std::string_view(page).substr(at, page.find('>', at) - at);
    for (const std::string_view type : {"type=\"password\"", "type='password'", "type=password"}) {
      if (tag.find(type) != std::string_view::npos) ++fields;
    }
  }
  return fields == 1;
}

}  // namespace

std::string login_refusal(const config::Login& login, const http::Response& response) {
  const std::string* location = wire::find_header(response.headers, "Location");
  if (response.status >= 300) return location != nullptr ? refusal_by_redirect(login, *location) : "";
  return asks_for_password(response.body) ? "the answer to the login is a form that asks for the password again" : "";
}

}  // namespace authprobe::credential
