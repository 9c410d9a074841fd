#include "exporter/diagnosis/belief.h"

#include <algorithm>
#include <array>

#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

// Answers that are about the request's form or size, whatever words they use.
bool about_the_request(int status) {
  static constexpr std::array kStatuses = {411, 412, 413, 414, 415, 416, 417, 431, 505};
  return std::ranges::find(kStatuses, status) != kStatuses.end();
}

// What is not there may be what was asked for.
bool asks_for_a_thing(int status) {
  return status == 404 || status == 410;
}

// What may be said of the call's input, of the thing that was asked for, or of the server's own files, tables and
// logins as well as of the caller. Rates, clocks, firewalls and the service that verifies callers are nobody else's.
bool may_be_of_others(Cause cause) {
  static constexpr std::array kCauses = {Cause::insufficient_permissions, Cause::insufficient_scope,
                                         Cause::resource_disabled, Cause::ip_blocked, Cause::geo_blocked};
  return about_credential(cause) || std::ranges::find(kCauses, cause) != kCauses.end();
}

// What is signed for each request carries the time of the request, of which a server may complain; of other requests, a
// time is content.
bool carries_a_time(SentCredential sent) {
  return sent != SentCredential::bearer && sent != SentCredential::basic && sent != SentCredential::cookie;
}

// A login had a user name or a password in its body, and is told so under a status for wrong input.
bool answers_a_login(const Clue& clue, const Input& input) {
  const bool wrong_input = input.status == 400 || input.status == 422;
  return wrong_input && input.sent == SentCredential::none && clue.credential_seen && !clue.of_data &&
         (clue.cause == Cause::invalid_credentials || clue.cause == Cause::expired_token);
}

// What the field or header says that the clue was read in, without the name in front: `body path: "value"`, `name:
// value`.
std::string value_of(const Clue& clue) {
  const std::size_t colon = clue.evidence.find(": ");
  if (colon == std::string::npos) return {};
  const std::string value = wire::lowered(clue.evidence.substr(colon + 2));
  return value.starts_with('"') ? value.substr(1) : value;
}

bool is_of_its_session(std::string_view value) {
  static constexpr std::array<std::string_view, 9> kBeginnings = {
      "session ",           "the session ",        "your session ",   "invalid session\"", "invalid session.",
      "invalid session id", "invalid session key", "unknown session", "expired session"};
  return std::ranges::any_of(kBeginnings, [&](std::string_view each) { return value.starts_with(each); });
}

// A request that is signed has one signature that a server may call wrong, and one with a cookie is of one session.
bool is_of_what_was_sent(const Clue& clue, const Input& input) {
  const bool about = about_credential(clue.cause) || clue.cause == Cause::clock_skew;
  if (!about || clue.of_data || clue.strength == Strength::hints || input.status >= 500) return false;
  if (input.sent == SentCredential::sigv4) return value_of(clue).find("signature") != std::string::npos;
  return input.sent == SentCredential::cookie && is_of_its_session(value_of(clue));
}

// A token endpoint refuses the client and its grant under 400 (RFC 6749, section 5.2), in whatever language.
bool is_of_a_token_endpoint(const Clue& clue, const Input& input) {
  return input.for_token && input.status == 400 && about_credential(clue.cause) && clue.by_phrase && !clue.of_data;
}

// Of a request that is signed for its time: what is wrong with a time is wrong with that one.
bool is_of_its_time(const Clue& clue, const Input& input) {
  return input.status < 500 && clue.cause == Cause::clock_skew && input.sent == SentCredential::sigv4;
}

// Of a sentence that is only read by its ideas, under a status that does not refuse.
bool of_who_asks(const Clue& clue, const Input& input) {
  const int status = input.status;
  const bool of_the_check = status >= 500 && clue.cause == Cause::auth_service_down;
  return of_the_check || is_of_its_time(clue, input) ||
         (status < 400 && (clue.of_caller || about_credential(clue.cause) || !may_be_of_others(clue.cause)));
}

// A cookie was sent, and the answer hands out a token against forged requests.
bool guards_forms(const Input& input) {
  return input.sent == SentCredential::cookie && std::ranges::any_of(input.headers, [](const Header& header) {
           const std::string name = wire::lowered(std::string_view(header.first).substr(0, 64));
           return name.find("csrf") != std::string::npos || name.find("xsrf") != std::string::npos;
         });
}

// A certificate or the login of a database is nothing that was sent: what is said of it is a backend's trouble. With a
// password, it may be ours, that the service hands on.
bool only_a_backend_takes(const Input& input) {
  static constexpr std::array kOthers = {SentCredential::bearer, SentCredential::api_key, SentCredential::oauth2,
                                         SentCredential::sigv4,  SentCredential::hmac,    SentCredential::cookie};
  return std::ranges::find(kOthers, input.sent) != kOthers.end();
}

}  // namespace

bool status_refuses(int status) {
  static constexpr std::array kStatuses = {401, 402, 403, 407, 419, 420, 429, 440,
                                           451, 495, 496, 498, 499, 509, 511, 999};
  return std::ranges::find(kStatuses, status) != kStatuses.end();
}

bool believable(const Clue& clue, const Input& input) {
  const int status = input.status;
  if (clue.refused_only && clue.of_backend && !only_a_backend_takes(input)) return false;
  if (status_refuses(status) || clue.trust == Trust::signature) return true;
  if (clue.refused_only || (clue.of_backend && clue.cause != Cause::auth_service_down)) return false;
  if (status >= 400 && status < 500 && clue.cause == Cause::clock_skew && !clue.of_caller &&
      clue.trust <= Trust::field && !carries_a_time(input.sent))
    return false;
  if (answers_a_login(clue, input) || is_of_what_was_sent(clue, input) || is_of_a_token_endpoint(clue, input))
    return true;
  if (clue.by_phrase && !of_who_asks(clue, input)) return false;
  if (clue.of_data || (clue.unrelated && clue.cause != Cause::auth_service_down && !is_of_its_time(clue, input)))
    return false;
  constexpr int kPreconditionFailed = 412;  // of which some make their own use
  if (about_the_request(status) && !(status == kPreconditionFailed && clue.of_caller)) return false;
  if (clue.of_absence && asks_for_a_thing(status)) return false;
  if (status >= 400 && !clue.of_caller && clue.trust != Trust::protocol && may_be_of_others(clue.cause)) return false;
  if (clue.trust == Trust::status || clue.trust == Trust::credential) return false;
  if (clue.strength == Strength::hints) return status < 400 && clue.trust == Trust::field;  // of an error document only
  return clue.strength == Strength::names || clue.trust >= Trust::field;
}

// The status decides what a vague word means: "access denied" under 401 is about who, under 403 about what.
Clue under_status(Clue clue, const Input& input) {
  const int status = input.status;
  if (clue.of_backend && clue.trust <= Trust::field) {
    clue.strength = std::min(clue.strength, Strength::suggests);
    if (only_a_backend_takes(input)) clue.cause = Cause::auth_service_down;
  }
  const bool act = clue.vague || clue.by_phrase || clue.strength == Strength::hints;
  if (status == 401 && clue.cause == Cause::insufficient_permissions && act && clue.trust <= Trust::field) {
    clue.cause = Cause::invalid_credentials;
    clue.strength = Strength::hints;
  }
  // A session's token is its cookie; another one that the server speaks of is its guard against forged requests.
  if (status == 403 && clue.cause == Cause::invalid_credentials && guards_forms(input)) {
    clue.cause = Cause::malformed_credentials;
    clue.strength = std::min(clue.strength, Strength::suggests);
  }
  if (status == 407 && clue.cause == Cause::insufficient_permissions)
    clue.strength = Strength::hints;  // only until we log in
  if (status == 403 && clue.cause == Cause::invalid_credentials && clue.strength == Strength::hints) {
    clue.cause = Cause::insufficient_permissions;
  }
  // A gateway's own failure while it checks who asks is not the asker's.
  if (status >= 502 && status <= 504 && clue.cause == Cause::invalid_credentials && clue.trust <= Trust::field) {
    clue.cause = Cause::auth_service_down;
  }
  return clue;
}

}  // namespace authprobe::diagnosis
