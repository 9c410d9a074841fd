#include "exporter/diagnosis/login.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "exporter/diagnosis/login_address.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::size_t kFewWords = 1000;  // bytes that a person sees of a login page
constexpr std::size_t kHardlyAny = 200;  // of a page that its script has still to fill
constexpr std::size_t kShortJson = 512;  // bytes of JSON that says nothing but where to log in
constexpr std::size_t kMostMembers = 5;

// "Log in" in the languages of the web. Lower case; of letters outside ASCII both cases, since only ASCII is lowered.
constexpr std::array<std::string_view, 51> kWords = {"login",
                                                     "log in",
                                                     "log-in",
                                                     "sign in",
                                                     "sign-in",
                                                     "signin",
                                                     "logon",
                                                     "log on",
                                                     "sign on",
                                                     "anmelden",
                                                     "anmeldung",
                                                     "einloggen",
                                                     "connexion",
                                                     "se connecter",
                                                     "connectez-vous",
                                                     "identifiez-vous",
                                                     "identification",
                                                     "iniciar ses",
                                                     "inicio de ses",
                                                     "entrar",
                                                     "acceder",
                                                     "accedi",
                                                     "accesso",
                                                     "iniciar sess",
                                                     "inloggen",
                                                     "aanmelden",
                                                     "logga in",
                                                     "logg inn",
                                                     "log ind",
                                                     "kirjaudu",
                                                     "zaloguj",
                                                     "logowanie",
                                                     "p\u0159ihl\u00e1\u0161",
                                                     "P\u0159ihl\u00e1\u0161",
                                                     "bejelentkez",
                                                     "autentificare",
                                                     "conectare",
                                                     "prijav",
                                                     "giri\u015f",
                                                     "oturum a\u00e7",
                                                     "\u0111\u0103ng nh\u1eadp",
                                                     "masuk",
                                                     "\u0432\u0445\u043e\u0434",
                                                     "\u0412\u0445\u043e\u0434",
                                                     "\u0432\u043e\u0439\u0442\u0438",
                                                     "\u0412\u043e\u0439\u0442\u0438",
                                                     "\u767b\u5f55",
                                                     "\u767b\u5165",
                                                     "\u30ed\u30b0\u30a4\u30f3",
                                                     "\u30b5\u30a4\u30f3\u30a4\u30f3",
                                                     "\ub85c\uadf8\uc778"};

bool says_login(std::string_view text) {
  const std::string low = wire::lowered(text);
  return std::ranges::any_of(kWords, [&](std::string_view word) { return low.find(word) != std::string::npos; });
}

// "Sign in to your account", "Example | Log in"; not "How to sign in".
bool is_named_login(std::string_view title) {
  const std::string low = wire::lowered(title);
  return std::ranges::any_of(kWords, [&](std::string_view word) {
    if (low.starts_with(word)) return true;
    const std::size_t at = low.rfind(word);
    if (at == std::string::npos || at < 2 || low[at - 1] != ' ') return false;
    constexpr std::string_view kSeparators = "-|:>/";
    return kSeparators.find(low[at - 2]) != std::string_view::npos || low.substr(0, at - 1).ends_with("\u00b7") ||
           low.substr(0, at - 1).ends_with("\u2013") || low.substr(0, at - 1).ends_with("\u2014");
  });
}

// "Sign-in logs": a page about logins.
bool tells_of_logins(std::string_view title) {
  static constexpr std::array<std::string_view, 8> kAbout = {" logs",     " history", " activity",   " report",
                                                             " settings", " events",  " statistics", " audit"};
  const std::string low = wire::lowered(title);
  return std::ranges::any_of(kAbout, [&](std::string_view word) { return low.find(word) != std::string::npos; });
}

bool is_login_page(const Body& body, std::string_view requested) {
  if (body.asks_saml) return true;
  if (!body.sends_on_to.empty() && leads_to_login(body.sends_on_to, requested)) return true;
  if (tells_of_logins(body.title)) return false;
  const bool goes_to_login = leads_to_login(body.form_goes_to, requested);
  if (says_login(body.title) && (body.password_inputs > 0 || body.asks_name || goes_to_login)) return true;
  if (is_named_login(body.title) && body.text.size() <= kHardlyAny) return true;
  if (body.password_inputs != 1 || body.text.size() > kFewWords) return false;
  return goes_to_login || says_login(body.text);
}

// Members that say that, or why, one is to log in, and nothing else.
bool is_remark(std::string_view key) {
  static constexpr std::array<std::string_view, 15> kKeys = {
      "status",     "code", "message", "msg",    "error",  "success",           "ok",      "authenticated",
      "authorized", "type", "reason",  "detail", "errors", "error_description", "required"};
  return std::ranges::find(kKeys, key) != kKeys.end();
}

// Members that hold a login's address by their name, and those that hold any.
bool names_login(std::string_view key) {
  static constexpr std::array<std::string_view, 16> kKeys = {
      "login_url", "loginurl", "login_uri", "loginuri", "login-url",  "signin_url", "signinurl", "sign_in_url",
      "auth_url",  "authurl",  "sso_url",   "ssourl",   "login_link", "login_page", "loginpage", "login"};
  return std::ranges::find(kKeys, key) != kKeys.end();
}

bool names_redirect(std::string_view key) {
  static constexpr std::array<std::string_view, 9> kKeys = {"redirect",    "redirect_url", "redirecturl",
                                                            "redirect_to", "redirectto",   "redirect_uri",
                                                            "location",    "url",          "goto"};
  return std::ranges::find(kKeys, key) != kKeys.end();
}

bool is_login_document(const Body& body, std::string_view requested) {
  if (body.format != BodyFormat::json || body.fields.size() > kMostMembers) return false;
  bool leads = false;
  for (const Field& field : body.fields) {
    const bool login =
        is_address(field.value) &&
        (names_login(field.key()) || (names_redirect(field.key()) && leads_to_login(field.value, requested)));
    if (!login && !is_remark(field.key())) return false;
    leads = leads || login;
  }
  return leads;
}

}  // namespace

bool is_login(const Body& body, std::string_view requested) {
  return body.format == BodyFormat::html ? is_login_page(body, requested) : is_login_document(body, requested);
}

bool may_be_login(std::string_view body) {
  if (body.starts_with('{') && body.size() <= kShortJson) {
    static constexpr std::array<std::string_view, 6> kParts = {"ogin", "edirect", "ign", "uth", "sso", "ocation"};
    return std::ranges::any_of(kParts,
                               [&](std::string_view part) { return body.find(part) != std::string_view::npos; });
  }
  if (!body.starts_with('<')) return false;
  const std::size_t title = body.find("<title");
  return title != std::string_view::npos && says_login(body.substr(title, 200));
}

}  // namespace authprobe::diagnosis
