#include "exporter/diagnosis/login_address.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "exporter/diagnosis/document_keys.h"
#include "exporter/wire/authorization.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::diagnosis {
namespace {

using Words = std::span<const std::string_view>;

// The words of a path as services name their logins. A word counts as a whole: "/signin-methods" is none.
constexpr std::array<std::string_view, 50> kPathWords = {"login",
                                                         "log-in",
                                                         "log_in",
                                                         "logon",
                                                         "signin",
                                                         "sign-in",
                                                         "sign_in",
                                                         "sso",
                                                         "saml",
                                                         "saml2",
                                                         "adfs",
                                                         "cas",
                                                         "authn",
                                                         "authorize",
                                                         "authorise",
                                                         "authenticate",
                                                         "wp-login",
                                                         "userlogin",
                                                         "login-actions",
                                                         "account-login",
                                                         "oidc",
                                                         "openid",
                                                         "openid-connect",
                                                         "webauth",
                                                         "anmelden",
                                                         "connexion",
                                                         "accounts-login",
                                                         "ssologin",
                                                         "signon",
                                                         "idp",
                                                         "servicelogin",
                                                         "commencelogin",
                                                         "loginpage",
                                                         "login_page",
                                                         "login-page",
                                                         "dologin",
                                                         "user_login",
                                                         "j_security_check",
                                                         "j_spring_security_check",
                                                         "relogin",
                                                         "unauthenticated",
                                                         "session-expired",
                                                         "session_expired",
                                                         "sessionexpired",
                                                         "anmeldung",
                                                         "inloggen",
                                                         "iniciar-sesion",
                                                         "accedi",
                                                         "entrar",
                                                         "logowanie"};

// Paths of which no single word says "login".
constexpr std::array<std::string_view, 16> kPathParts = {
    "/session/new",  "/sessions/new",   "/oauth2/start",     "/oauth2/auth", "/oauth2/sign_",        "/.auth/",
    "/auth/realms/", "/dex/auth",       "/idp/profile/",     "/nf/auth/",    "/outpost.goauthentik", "/my.policy",
    "/oam/server/",  "/vpn/index.html", "/vpn/tmindex.html", "/dana-na/"};

// Paths that are a login as a whole: a session is begun there.
constexpr std::array<std::string_view, 8> kWholePaths = {"/session",          "/user/session",    "/users/session",
                                                         "/auth/session",     "/admin/session",   "/account/session",
                                                         "/accounts/session", "/identity/session"};

// Labels of a host that does nothing but log people in, wherever they stand: "login.example.com",
// "corp.sso.example.com". The others do so as the first label only.
constexpr std::array<std::string_view, 6> kHostLabels = {"login", "sso", "signin", "idp", "adfs", "logon"};
constexpr std::array<std::string_view, 12> kFirstLabels = {"auth",     "accounts", "identity",  "authn",
                                                           "saml",     "oidc",     "openid",    "keycloak",
                                                           "authelia", "dex",      "authentik", "authenticate"};

// Identity providers, each customer of which has a host below the name.
constexpr std::array<std::string_view, 21> kProviders = {
    ".okta.com",      ".oktapreview.com",  ".okta-emea.com",   ".onelogin.com",      ".auth0.com",
    ".b2clogin.com",  ".ciamlogin.com",    ".pingone.com",     ".pingone.eu",        ".pingone.ca",
    ".pingone.asia",  ".pingidentity.com", ".duosecurity.com", ".amazoncognito.com", ".cloudflareaccess.com",
    ".zitadel.cloud", ".miniorange.com",   ".fusionauth.io",   ".authing.cn",        ".kinde.com",
    ".login.gov"};

// What only a request to log in carries.
constexpr std::array<std::string_view, 8> kQueryParts = {"samlrequest=",    "response_type=code", "wa=wsignin",
                                                         "login_required",  "login_challenge=",   "session_expired",
                                                         "sessionexpired=", "sessiontimeout="};

// Parameters that hold the address to return to after a login.
constexpr std::array<std::string_view, 26> kReturns = {"rd",
                                                       "returnurl",
                                                       "return_url",
                                                       "return_to",
                                                       "returnto",
                                                       "return",
                                                       "continue",
                                                       "service",
                                                       "redirect_uri",
                                                       "redirect_url",
                                                       "redirecturl",
                                                       "redirect_to",
                                                       "redirect",
                                                       "redirect_after_login",
                                                       "login_redirect",
                                                       "os_destination",
                                                       "wreply",
                                                       "wctx",
                                                       "goto",
                                                       "backurl",
                                                       "back_url",
                                                       "original_url",
                                                       "origurl",
                                                       "callbackurl",
                                                       "callback_url",
                                                       "post_login_redirect_uri"};

// Parameters that hold that address too, but also the next page of a list and other addresses: they count only with the
// address that was requested.
constexpr std::array<std::string_view, 8> kMaybeReturns = {"next", "next_url", "nexturl", "from",
                                                           "dest", "target",   "redir",   "destination"};

// Pages on the way that give a return address too, and log nobody in.
constexpr std::array<std::string_view, 14> kOtherStops = {"lang",      "locale",      "consent", "cookie",  "captcha",
                                                          "challenge", "maintenance", "region",  "country", "verify",
                                                          "logout",    "download",    "terms",   "error"};

std::string_view without_slash(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

// One of the path's parts is this word, whatever follows a '.' in it.
bool has_path_part(std::string_view path, std::string_view word) {
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find_first_of("/;"));
    if (part.substr(0, part.find('.')) == word) return true;
    path.remove_prefix(std::min(part.size() + 1, path.size()));
  }
  return false;
}

bool is_login_host(std::string_view host) {
  if (std::ranges::any_of(kProviders, [&](std::string_view end) { return host.ends_with(end); })) return true;
  if (is_one_of(host.substr(0, host.find('.')), kFirstLabels)) return host.find('.') != std::string_view::npos;
  while (host.find('.') != std::string_view::npos) {  // all labels but the last one
    if (is_one_of(wire::take_part(host, '.'), kHostLabels)) return true;
  }
  return false;
}

// One of `parts` is in the text, and is not in `own`.
bool has_new(std::string_view text, Words parts, std::string_view own) {
  return std::ranges::any_of(parts, [&](std::string_view part) {
    return text.find(part) != std::string_view::npos && own.find(part) == std::string_view::npos;
  });
}

// A part of the path names a login, up to its '.' ("login.php"), that is none of `own`.
bool has_login_word(std::string_view path, std::string_view own) {
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find_first_of("/;"));
    const std::string_view word = part.substr(0, part.find('.'));
    if (is_one_of(word, kPathWords) && !has_path_part(own, word)) return true;
    path.remove_prefix(std::min(part.size() + 1, path.size()));
  }
  return false;
}

bool is_login_path(std::string_view path, std::string_view own) {
  if (has_new(path, kPathParts, own) || has_login_word(path, own)) return true;
  return is_one_of(without_slash(path), kWholePaths) && !has_path_part(own, "session");
}

bool is_encoded_address(std::string_view value) {
  return is_address(wire::percent_decoded(value));
}

// "https://host/path?query#fragment" in lower case, as its parts; host is empty of a path.
struct Target {
  std::string text;
  std::string_view host, path, query, fragment;
  explicit Target(std::string_view location) : text(wire::lowered(location.substr(0, 1024))) {
    std::string_view rest = text;
    if (const std::size_t hash = rest.find('#'); hash != std::string_view::npos) {
      fragment = rest.substr(hash + 1);
      rest = rest.substr(0, hash);
    }
    if (const std::size_t start = rest.find("//"); start != std::string_view::npos && start < 8) {
      rest.remove_prefix(start + 2);
      const std::string_view authority = rest.substr(0, rest.find_first_of("/?"));
      rest.remove_prefix(authority.size());
      host = authority.substr(0, authority.find(':'));
    }
    path = rest.substr(0, rest.find('?'));
    if (path.size() < rest.size()) query = rest.substr(path.size() + 1);
    // Of a single-page application, the fragment is the path: "/#!/login?x=1".
    fragment.remove_prefix(std::min(fragment.find_first_not_of("!/"), fragment.size()));
    fragment = fragment.substr(0, fragment.find('?'));
  }
};

// The address in `value` is the requested one, with or without its scheme and host.
bool returns_to(std::string_view value, const Target& own) {
  const Target back(wire::percent_decoded(value.substr(0, 1024)));
  const bool same_host = back.host.empty() || back.host == own.host;
  return same_host && !without_slash(own.path).empty() && without_slash(back.path) == without_slash(own.path);
}

bool has_login_query(const Target& to, const Target& own) {
  if (has_new(to.query, kQueryParts, own.query)) return true;
  static constexpr std::array<std::string_view, 1> kClient = {"client_id="};
  if (has_new(to.query, kClient, own.query) && to.query.find("redirect_uri=") != std::string_view::npos) return true;
  if (has_part(to.host, kOtherStops) || has_part(to.path, kOtherStops)) return false;
  for (std::string_view query = to.query; !query.empty();) {
    const wire::Parameter parameter = wire::take_parameter(query);
    if (own.query.find(parameter.text) != std::string_view::npos) continue;
    const std::string_view value = parameter.value.value_or("");
    if (is_one_of(parameter.name, kReturns) && is_encoded_address(value)) return true;
    if (is_one_of(parameter.name, kMaybeReturns) && is_encoded_address(value) && returns_to(value, own)) return true;
  }
  return false;
}

// A login's host has been left for another one only where the page is another one too.
bool leads_to_login_host(const Target& to, const Target& own) {
  if (!is_login_host(to.host) || to.host == own.host) return false;
  return !is_login_host(own.host) || without_slash(to.path) != without_slash(own.path);
}

// Of a file, the name says nothing: "/downloads/login.pdf" is fetched, not logged in at.
bool names_a_file(std::string_view path) {
  static constexpr std::array<std::string_view, 7> kEnds = {".pdf", ".csv", ".zip", ".png", ".jpg", ".js", ".css"};
  return std::ranges::any_of(kEnds, [&](std::string_view end) { return path.ends_with(end); });
}

}  // namespace

bool is_address(std::string_view value) {
  return value.starts_with('/') || value.starts_with("http://") || value.starts_with("https://");
}

bool leads_to_login(std::string_view location, std::string_view requested) {
  const Target to(location);
  const Target own(requested);
  if (names_a_file(to.path)) return false;
  return leads_to_login_host(to, own) || is_login_path(to.path, own.path) || is_login_path(to.fragment, {}) ||
         has_login_query(to, own);
}

bool takes_credentials(std::string_view url) {
  static constexpr std::array<std::string_view, 10> kEndpoints = {
      "token",    "tokens", "access_token", "accesstoken", "get_token",
      "gettoken", "auth",   "oauth",        "sessions",    "authtoken"};
  const Target to(url);
  const std::string_view path = without_slash(to.path);
  const std::string_view last = path.substr(path.rfind('/') + 1);
  return leads_to_login(url) || is_one_of(last, kEndpoints) || last.ends_with("_token");
}

bool leads_to_another_login(std::string_view location, std::string_view login) {
  const Target to(location);
  if (to.host.empty() || to.host == Target(login).host) return false;
  return !wire::hands_over_login(to.query) && leads_to_login(location, login);
}

}  // namespace authprobe::diagnosis
