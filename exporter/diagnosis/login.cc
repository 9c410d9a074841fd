#include "exporter/diagnosis/login.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

bool has_any(std::string_view text, std::span<const std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

// The words of a path or host as services name their logins. A word counts as a whole: "/signin-methods" and
// "auth-docs.example.com" are none.
bool is_login_word(std::string_view word) {
  static constexpr std::array<std::string_view, 30> kWords = {
      "login",         "log-in",        "log_in",         "logon",        "signin",         "sign-in",
      "sign_in",       "sso",           "saml",           "saml2",        "adfs",           "cas",
      "authn",         "authorize",     "authorise",      "authenticate", "wp-login",       "userlogin",
      "login-actions", "account-login", "oidc",           "openid",       "openid-connect", "webauth",
      "anmelden",      "connexion",     "accounts-login", "ssologin",     "signon",         "idp"};
  return std::ranges::find(kWords, word) != kWords.end();
}

// First labels of hosts that do nothing but log people in.
bool is_login_host(std::string_view host) {
  static constexpr std::array<std::string_view, 8> kLabels = {"login.", "auth.",   "sso.",      "accounts.",
                                                              "idp.",   "signin.", "identity.", "adfs."};
  static constexpr std::array<std::string_view, 4> kProviders = {".okta.com", ".onelogin.com", ".auth0.com",
                                                                 ".cloudflareaccess.com"};
  return std::ranges::any_of(kLabels, [&](std::string_view label) { return host.starts_with(label); }) ||
         std::ranges::any_of(kProviders, [&](std::string_view end) { return host.ends_with(end); });
}

// Paths of which no single word says "login".
bool is_login_path(std::string_view path) {
  static constexpr std::array<std::string_view, 9> kParts = {"/session/new",  "/sessions/new", "/oauth2/start",
                                                             "/oauth2/auth",  "/oauth2/sign_", "/.auth/",
                                                             "/auth/realms/", "/dex/auth",     "/idp/profile/"};
  if (has_any(path, kParts)) return true;
  bool found = false;
  while (!path.empty() && !found) {
    const std::string_view word = path.substr(0, path.find_first_of("/;"));
    found = is_login_word(word.substr(0, word.find('.')));
    path.remove_prefix(std::min(word.size() + 1, path.size()));
  }
  return found;
}

// What only a request to log in carries.
bool has_login_query(std::string_view query) {
  static constexpr std::array<std::string_view, 3> kNames = {"samlrequest=", "response_type=code", "wa=wsignin"};
  return has_any(query, kNames) ||
         (query.find("client_id=") != std::string_view::npos && query.find("redirect_uri=") != std::string_view::npos);
}

// "https://host/path?query" in lower case, as its three parts; host is empty of a path.
struct Target {
  std::string text, host, path, query;
  explicit Target(std::string_view location) : text(wire::lowered(location.substr(0, 1024))) {
    std::string_view rest = std::string_view(text).substr(0, text.find('#'));
    if (const std::size_t start = rest.find("//"); start != std::string_view::npos && start < 8) {
      rest.remove_prefix(start + 2);
      host = rest.substr(0, rest.find_first_of("/?"));
      rest.remove_prefix(host.size());
    }
    path = rest.substr(0, rest.find('?'));
    if (path.size() < rest.size()) query = rest.substr(path.size() + 1);
  }
};

// Of a file, the name says nothing: "/downloads/login.pdf" is fetched, not logged in at.
bool names_a_file(std::string_view path) {
  static constexpr std::array<std::string_view, 7> kEnds = {".pdf", ".csv", ".zip", ".png", ".jpg", ".js", ".css"};
  return std::ranges::any_of(kEnds, [&](std::string_view end) { return path.ends_with(end); });
}

bool title_says_login(std::string_view title) {
  static constexpr std::array<std::string_view, 16> kTitles = {
      "login",       "log in",    "log-in",    "sign in",
      "sign-in",     "signin",    "logon",     "log on",
      "anmelden",    "anmeldung", "connexion", "se connecter",
      "iniciar ses", "entrar",    "accedi",    "\xe7\x99\xbb\xe5\xbd\x95"};
  return has_any(title, kTitles);
}

}  // namespace

bool is_login_page(const Body& body) {
  if (body.asks_password && (title_says_login(wire::lowered(body.title)) || leads_to_login(body.password_goes_to)))
    return true;
  return !body.sends_on_to.empty() && leads_to_login(body.sends_on_to);
}

bool leads_to_login(std::string_view location) {
  const Target target(location);
  if (names_a_file(target.path)) return false;
  return is_login_host(target.host) || is_login_path(target.path) || has_login_query(target.query);
}

}  // namespace authprobe::diagnosis
