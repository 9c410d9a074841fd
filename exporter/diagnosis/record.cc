#include "exporter/diagnosis/record.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "exporter/diagnosis/document_keys.h"
#include "exporter/diagnosis/field_clues.h"
#include "exporter/diagnosis/statement.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

// The checks of a card's number, or that the card was declined: whoever is not authorised there, it is no caller.
bool is_of_a_payment(const Field& field) {
  static constexpr std::array<std::string_view, 6> kChecks = {"cvv", "cvv2", "cvc", "avs", "avsresult", "cvvresult"};
  if (is_one_of(field.key(), kChecks)) return true;
  const std::string value = wire::lowered(std::string_view(field.value).substr(0, 80));
  return value.find("declined") != std::string::npos && value.find("card") != std::string::npos;
}

}  // namespace

bool has_words(const Body& body) {
  return std::ranges::any_of(body.fields, [](const Field& field) {
    return field.is_string && !is_outcome_key(field.key()) &&
           (is_message_key(field.key()) || is_error_root(field.key()));
  });
}

bool is_about_a_thing(const Body& body) {
  static constexpr std::array<std::string_view, 19> kThings = {
      "domain",    "hostname",    "device", "mailbox", "camera", "job",      "webhook",  "connection", "order", "proxy",
      "connector", "integration", "feed",   "sensor",  "bucket", "pipeline", "workflow", "test",       "check"};
  return std::ranges::any_of(body.fields, [&](const Field& field) {
    return is_one_of(std::string_view(field.path), kThings) || is_of_a_payment(field);
  });
}

bool misses_a_thing(const Body& body) {
  return std::ranges::any_of(body.fields, [](const Field& field) {
    return field.is_string && is_reason_key(field.key()) && words_of(field.value) == "not found";
  });
}

bool tells_of_a_conflict(const Body& body) {
  static constexpr std::array<std::string_view, 6> kParts = {"already exist",          "already taken",
                                                             "already been published", "previously published",
                                                             "pre-existing",           "duplicate entry"};
  static constexpr std::array<std::string_view, 3> kOfTheCaller = {"session", "login", "logged"};
  return std::ranges::any_of(body.fields, [](const Field& field) {
    if (!field.is_string || !is_message_key(field.key())) return false;
    const std::string value = wire::lowered(field.value);
    return has_part(value, kParts) && !has_part(value, kOfTheCaller);
  });
}

bool is_a_record(const Body& body) {
  static constexpr std::array<std::string_view, 10> kOfRecords = {"name",  "url",   "title",     "status",     "owner",
                                                                  "email", "label", "operation", "event_type", "actor"};
  const auto has = [&](auto property) {
    return std::ranges::any_of(body.fields, [&](const Field& field) { return property(std::string_view(field.path)); });
  };
  return has([](std::string_view path) { return path == "id" || path == "uuid" || path == "_id"; }) &&
         has([](std::string_view path) { return is_one_of(path, kOfRecords); }) &&
         !has([](std::string_view path) { return path == "jsonrpc"; });
}

bool names_itself(const Body& body) {
  static constexpr std::array<std::string_view, 6> kNames = {"name", "title", "label", "url", "host", "endpoint"};
  return !has_words(body) && std::ranges::any_of(body.fields, [](const Field& field) {
    return is_one_of(std::string_view(field.path), kNames);
  });
}

namespace {

// What an answer may say beside its outcome, and still be about the call.
bool is_neutral(std::string_view key) {
  static constexpr std::array<std::string_view, 55> kKeys = {
      "tokenid",     "signature",  "sign",       "nonce",    "rtn",      "data",    "result",
      "results",     "response",   "hits",       "total",    "count",    "version", "api",
      "api_version", "apiversion", "lang",       "language", "path",     "method",  "server",
      "id",          "jsonrpc",    "help",       "link",     "links",    "href",    "url",
      "doc",         "docs",       "ttl",        "cost",     "success",  "ok",      "issuccess",
      "is_success",  "successful", "succeeded",  "flag",     "login",    "auth",    "authenticated",
      "meta",        "header",     "head",       "body",     "envelope", "retry",   "retry_after",
      "extensions",  "field",      "resolution", "remedy",   "solution", "route"};
  static constexpr std::array<std::string_view, 17> kParts = {
      "text", "req_", "reqid", "tid", "sub_",   "retu",         "request",     "trace", "time",
      "date", "succ", "uuid",  "doc", "locale", "conversation", "correlation", "callid"};
  return is_one_of(key, kKeys) || has_part(key, kParts);
}

bool belongs_to_an_outcome(std::string_view key) {
  return key.size() <= 2 || is_outcome_key(key) || is_message_key(key) || is_reason_key(key) || is_error_root(key) ||
         is_neutral(key);
}

}  // namespace

bool tells_of_more(const Body& body) {
  if (body.format != BodyFormat::json) return false;
  return std::ranges::any_of(body.fields, [](const Field& field) {
    const bool nothing = field.value.empty() || (!field.is_string && (field.value == "null" || field.value == "false"));
    const std::string_view path = field.path;
    return !nothing && !belongs_to_an_outcome(root_of(path));
  });
}

bool is_in_rows(const Field& field, const Body& body) {
  if (body.rows < 2 || body.format != BodyFormat::json) return false;
  const std::string_view rest = std::string_view(field.path).substr(std::min(body.rows_path.size(), field.path.size()));
  return field.path.starts_with(body.rows_path) && (body.rows_path.empty() || rest.starts_with('.'));
}

}  // namespace authprobe::diagnosis
