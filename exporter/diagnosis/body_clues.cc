#include "exporter/diagnosis/body_clues.h"

#include <algorithm>
#include <array>
#include <span>

#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/wording.h"

namespace authprobe::diagnosis {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::ranges::find(words, word) != words.end();
}

bool has_part(std::string_view key, std::span<const std::string_view> parts) {
  return std::ranges::any_of(parts, [&](std::string_view part) { return key.find(part) != std::string_view::npos; });
}

// Keys under which APIs put a reason, for machines or for people: error, errorCode, retMsg, faultstring,
// status_message.
bool is_reason_key(std::string_view key) {
  static constexpr std::array<std::string_view, 16> kParts = {
      "err",    "code",  "type",  "reason",  "status", "fault", "message", "msg",
      "detail", "descr", "title", "summary", "cause",  "info",  "hint",    "exception"};
  static constexpr std::array<std::string_view, 9> kKeys = {"name", "id",     "category", ".tag",   "tag",
                                                            "key",  "result", "text",     "failure"};
  return has_part(key, kParts) || is_one_of(key, kKeys);
}

// Keys whose values are never a reason: addresses, names of things, times, traces, and what the request had asked for.
bool is_no_reason_key(std::string_view key) {
  static constexpr std::array<std::string_view, 44> kKeys = {"documentation_url",
                                                             "doc_url",
                                                             "url",
                                                             "uri",
                                                             "path",
                                                             "href",
                                                             "link",
                                                             "links",
                                                             "help",
                                                             "more_info",
                                                             "moreinfo",
                                                             "request_id",
                                                             "requestid",
                                                             "hostid",
                                                             "host_id",
                                                             "trace",
                                                             "stack",
                                                             "stacktrace",
                                                             "stack_trace",
                                                             "timestamp",
                                                             "time",
                                                             "date",
                                                             "instance",
                                                             "method",
                                                             "version",
                                                             "apiversion",
                                                             "kind",
                                                             "domain",
                                                             "@type",
                                                             "token_type",
                                                             "token_class",
                                                             "scope",
                                                             "resource",
                                                             "login_url",
                                                             "user",
                                                             "username",
                                                             "host",
                                                             "hostname",
                                                             "service",
                                                             "trace_id",
                                                             "traceid",
                                                             "ray_id",
                                                             "arn",
                                                             "action"};
  return is_one_of(key, kKeys);
}

bool is_status_key(std::string_view key) {
  static constexpr std::array<std::string_view, 11> kKeys = {"code",       "status",     "statuscode", "status_code",
                                                             "error_code", "errorcode",  "cod",        "http_code",
                                                             "httpcode",   "httpstatus", "http_status"};
  return is_one_of(key, kKeys);
}

// "https://example.net/problems/token-expired" is a code with an address in front of it (RFC 9457).
std::string_view last_segment(std::string_view url) {
  url = url.substr(0, url.find_first_of("?"));
  while (url.ends_with('/')) url.remove_suffix(1);
  url.remove_prefix(url.find_last_of("/#") + 1);
  for (const std::string_view extension : {".html", ".htm", ".md"}) {
    if (url.ends_with(extension)) url.remove_suffix(extension.size());
  }
  return url;
}

// The field as the wording rules read it; empty where it says nothing. A key that is no common one speaks with its
// value:
// {"errors": {"token": "has expired"}}.
std::string sentence_of(const Field& field) {
  std::string_view value = field.value;
  const bool url = value.starts_with("http://") || value.starts_with("https://");
  if (url && (field.key() != "type" || value.find(' ') != std::string_view::npos)) return {};
  if (url) value = last_segment(value);
  if (value.find(' ') != std::string_view::npos) {
    return is_reason_key(field.key()) ? lower(value) : lower(words_of(field.key())) + " " + lower(value);
  }
  return value.size() <= 120 ? words_of(value) : std::string();
}

void read_field(const Field& field, Clues& clues) {
  if (!field.is_string || field.value.size() < 3 || is_no_reason_key(field.key())) return;
  const std::string sentence = sentence_of(field);
  if (sentence.empty()) return;
  wording().read(sentence, is_reason_key(field.key()) ? Trust::field : Trust::wording,
                 "body " + redact(field.path) + ": \"" + redact(field.value) + "\"", clues);
}

// An HTTP status inside the body counts as a hint: {"error": {"code": 499, "message": "Token Required"}}.
void read_inner_status(const Field& field, Clues& clues) {
  if (!is_status_key(field.key())) return;
  Cause cause = Cause::unknown;
  if (field.value == "401" || field.value == "498") cause = Cause::invalid_credentials;
  if (field.value == "499") cause = Cause::missing_credentials;
  if (field.value == "403") cause = Cause::insufficient_permissions;
  if (field.value == "429") cause = Cause::rate_limited;
  if (cause == Cause::unknown) return;
  clues.push_back({cause, cause == Cause::rate_limited ? Strength::suggests : Strength::hints, Trust::field,
                   "body " + redact(field.path) + ": " + field.value});
}

std::size_t depth_of(std::string_view path) {
  return path.empty() ? 0 : 1 + static_cast<std::size_t>(std::ranges::count(path, '.'));
}

// The path without a first part that only wraps: {"Response": {"Error": {...}}}.
std::string_view unwrapped(std::string_view path) {
  static constexpr std::array<std::string_view, 6> kWrappers = {"response", "ocs",    "envelope",
                                                                "body",     "result", "meta"};
  const std::size_t dot = path.find('.');
  const bool wrapped = dot != std::string_view::npos && is_one_of(path.substr(0, dot), kWrappers);
  return wrapped ? path.substr(dot + 1) : path;
}

// The first part of a path.
std::string_view root_of(std::string_view path) {
  return path.substr(0, path.find('.'));
}

bool is_error_root(std::string_view root) {
  static constexpr std::array<std::string_view, 6> kRoots = {"err",     "fault",  "exception",
                                                             "errcode", "errmsg", "err_code"};
  return root.starts_with("error") || is_one_of(root, kRoots);
}

bool says_failure(std::string_view word) {
  static constexpr std::array<std::string_view, 13> kWords = {
      "error",        "fail",           "failed",         "failure",          "unauthorized", "forbidden", "denied",
      "unauthorised", "not_authorized", "request_denied", "over_query_limit", "nok",          "ko"};
  return is_one_of(lower(word), kWords);
}

bool is_result_code(std::string_view key) {
  static constexpr std::array<std::string_view, 6> kKeys = {"code",     "errcode",    "retcode",
                                                            "ret_code", "resultcode", "result_code"};
  return is_one_of(key, kKeys);
}

bool empty_value(const Field& field) {
  return field.value.empty() ||
         (!field.is_string && (field.value == "null" || field.value == "false" || field.value == "0"));
}

}  // namespace

void read_body(const Body& body, Clues& clues) {
  for (const Field& field : body.fields) {
    read_field(field, clues);
    read_inner_status(field, clues);
  }
  if (!body.title.empty())
    wording().read(lower(body.title), Trust::wording, "page title: \"" + redact(body.title) + "\"", clues);
  if (body.text.empty()) return;
  // A plain line of text is an application's own word; a page is what servers and firewalls show to all.
  const bool line = body.format == BodyFormat::text && body.text.size() <= 300;
  wording().read(lower(body.text), line ? Trust::field : Trust::wording,
                 (line ? "body says: \"" : "page says: \"") + redact(body.text) + "\"", clues);
}

bool built_like_error(const Body& body) {
  if (body.format == BodyFormat::text || body.format == BodyFormat::html || body.fields.empty()) return false;
  constexpr std::size_t kSmall = 8;  // an error says little; a job or a delivery with a state of its own says more
  for (const Field& field : body.fields) {
    const std::string_view path = unwrapped(field.path);
    const std::string_view root = root_of(path);
    const std::size_t depth = depth_of(path);
    if (depth == 0) continue;
    if (is_error_root(root) && !empty_value(field) && (field.is_string || depth > 1 || field.value == "true"))
      return true;
    if (depth == 1 && !field.is_string && field.value == "false" &&
        is_one_of(root, std::array<std::string_view, 4>{"ok", "success", "successful", "authenticated"})) {
      return true;
    }
    if (depth == 1 && body.fields.size() <= kSmall && (is_status_key(root) || root == "result" || root == "response") &&
        (says_failure(field.value) || is_one_of(std::string_view(field.value),
                                                std::array<std::string_view, 5>{"401", "403", "429", "498", "499"}))) {
      return true;
    }
    // {"code": 40014, "msg": "..."}: a code that is neither 0 nor a success, in a small document with a message.
    if (depth == 1 && body.fields.size() <= kSmall && is_result_code(root) && !field.is_string && field.value != "0" &&
        !field.value.starts_with("2") && field.value != "1" && field.value != "true" && !empty_value(field)) {
      return true;
    }
    if (field.key() == "faultstring" || (field.key() == "stat" && field.value == "fail")) return true;
  }
  return false;
}

void read_error_fields(const Body& body, Clues& clues) {
  for (const Field& field : body.fields) {
    const std::string_view path = unwrapped(field.path);
    const bool tells = is_error_root(root_of(path)) || depth_of(path) == 1 || field.path.starts_with("status.") ||
                       body.format == BodyFormat::xml;
    if (!tells || (!is_reason_key(field.key()) && !is_error_root(root_of(path)))) continue;
    read_field(field, clues);
    read_inner_status(field, clues);
  }
}

bool is_login_page(const Body& body) {
  if (!body.asks_password) return false;
  static constexpr std::array<std::string_view, 16> kTitles = {
      "login",       "log in",    "log-in",    "sign in",
      "sign-in",     "signin",    "logon",     "log on",
      "anmelden",    "anmeldung", "connexion", "se connecter",
      "iniciar ses", "entrar",    "accedi",    "\xe7\x99\xbb\xe5\xbd\x95"};
  const std::string title = lower(body.title);
  return std::ranges::any_of(kTitles, [&](std::string_view word) { return title.find(word) != std::string::npos; });
}

bool leads_to_login(std::string_view location) {
  const std::string target = lower(location.substr(0, 1024));
  static constexpr std::array<std::string_view, 27> kParts = {
      "/login",        "/wp-login",         "/signin",          "/sign_in",
      "/sign-in",      "/log-in",           "/logon",           "/sso",
      "/saml",         "/oauth2/authorize", "/oauth/authorize", "/oauth2/v2.0/authorize",
      "/oauth2/start", "/oauth2/auth",      "/openid",          "/adfs/",
      "/session/new",  "/.auth/",           "/cas/login",       "/authenticate",
      "//login.",      "//auth.",           "//sso.",           "//accounts.",
      "//idp.",        "/authorize?",       "/auth/realms/"};
  const std::string path = target.substr(0, target.find('#'));
  const std::string before_query = path.substr(0, path.find('?'));
  return std::ranges::any_of(kParts, [&](std::string_view part) {
    return (part.back() == '?' ? path : before_query).find(part) != std::string::npos;
  });
}

}  // namespace authprobe::diagnosis
