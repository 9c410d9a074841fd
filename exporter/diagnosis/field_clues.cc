#include "exporter/diagnosis/field_clues.h"

#include <algorithm>
#include <array>
#include <span>

#include "exporter/diagnosis/document_keys.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/statement.h"

namespace authprobe::diagnosis {
namespace {

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

// "https://example.net/problems/token-expired" is a code with an address in front of it (RFC 9457).
std::string_view last_segment(std::string_view url) {
  url = url.substr(0, url.find('?'));
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
    return is_reason_key(field.key()) ? phrase_of(value) : words_of(field.key()) + " " + phrase_of(value);
  }
  return value.size() <= 120 ? words_of(value) : std::string();
}

// "AuthFailure.UnauthorizedOperation", "InvalidParameter.TokenExpired": what stands behind the last dot says which.
// What a single word is said of stands before it. Empty where no part is the more specific.
std::string last_part_of(const Field& field) {
  const std::string_view value = field.value;
  const std::size_t dot = value.rfind('.');
  if (dot == std::string_view::npos || value.size() > 120 || value.find_first_of(" /") != std::string_view::npos)
    return {};
  std::string words = words_of(value.substr(dot + 1));
  return words.find(' ') != std::string::npos ? words : std::string();
}

// {"errors": {"password": "is too short"}}: said of what the call had brought along.
bool is_of_input(const Field& field) {
  const std::size_t dot = field.path.rfind('.');
  const bool of_a_form = field.path.starts_with("errors.") && field.path.find(".children.") != std::string::npos;
  if (of_a_form) return true;
  const bool number = field.key().find_first_not_of("0123456789") == std::string_view::npos;  // of the error
  if (dot == std::string::npos || number || is_reason_key(field.key())) return false;
  std::string_view parent = std::string_view(field.path).substr(0, dot);
  parent.remove_prefix(parent.rfind('.') + 1);
  return parent == "errors" || parent == "fields" || parent == "invalid" || parent == "validation";
}

// {"errors": {"api_key": "is wrong"}}: what the call had brought along to be let in.
bool names_credential(std::string_view key) {
  static constexpr std::array<std::string_view, 10> kKeys = {
      "api_key",     "apikey",       "authorization", "auth", "authentication",
      "credentials", "access_token", "accesstoken",   "base", "client_id"};
  return is_one_of(key, kKeys);
}

void read_words(const Field& field, const Wording& wording, Clues& clues) {
  if (!field.is_string || field.value.size() < 3 || is_no_reason_key(field.key())) return;
  const std::string sentence = sentence_of(field);
  if (sentence.empty()) return;
  const std::size_t before = clues.size();
  const Trust trust = is_reason_key(field.key()) ? Trust::field : Trust::wording;
  const std::string said = "body " + redact(field.path) + ": \"" + redact(field.value) + "\"";
  if (const std::string part = last_part_of(field); !part.empty()) wording.read(part, trust, said, clues);
  const bool told = std::any_of(clues.begin() + static_cast<std::ptrdiff_t>(before), clues.end(),
                                [](const Clue& clue) { return clue.strength != Strength::hints; });
  if (!told) wording.read(sentence, trust, said, clues);
  const auto words = static_cast<std::size_t>(1 + std::ranges::count(field.value, ' '));
  for (std::size_t i = before; i < clues.size(); ++i) clues[i].words = words;
  if (!is_of_input(field)) return;
  for (std::size_t i = before; i < clues.size(); ++i) {
    clues[i].of_caller = clues[i].of_caller && names_credential(field.key());
    clues[i].of_data = !clues[i].of_caller;
  }
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
  clues.back().words = 1;
}

}  // namespace

bool is_reason_key(std::string_view key) {
  static constexpr std::array<std::string_view, 22> kParts = {
      "err",   "code",    "type", "reason", "status",    "fault",  "message", "msg",  "detail", "desc",  "title",
      "cause", "summary", "info", "hint",   "exception", "fehler", "meld",    "mens", "messag", "motiv", "diagnos"};
  static constexpr std::array<std::string_view, 13> kKeys = {"name",  "id",        "category",   ".tag",    "tag",
                                                             "key",   "result",    "text",       "failure", "label",
                                                             "grund", "komunikat", "description"};
  return has_part(key, kParts) || is_one_of(key, kKeys) || is_message_key(key) || is_error_root(key);
}

bool is_status_key(std::string_view key) {
  static constexpr std::array<std::string_view, 11> kKeys = {"code",       "status",     "statuscode", "status_code",
                                                             "error_code", "errorcode",  "cod",        "http_code",
                                                             "httpcode",   "httpstatus", "http_status"};
  return is_one_of(key, kKeys);
}

void read_field(const Field& field, const Wording& wording, Clues& clues) {
  read_words(field, wording, clues);
  read_inner_status(field, clues);
}

}  // namespace authprobe::diagnosis
