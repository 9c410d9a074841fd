#include "exporter/diagnosis/standards.h"

#include <algorithm>
#include <array>

#include "exporter/diagnosis/body_fields.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/kerberos_error.h"
#include "exporter/diagnosis/scopes.h"
#include "exporter/diagnosis/statement.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

struct StatusMeaning {
  int status;
  Cause cause;
  Strength strength;
  std::string_view note;
};

// What a status alone says. 498, 499, 440, 419, 495, 496 are in no RFC, and used all the same (Esri, IIS, Laravel,
// nginx).
constexpr std::array kStatusMeanings = {
    StatusMeaning{401, Cause::invalid_credentials, Strength::hints, ""},
    StatusMeaning{407, Cause::missing_credentials, Strength::suggests,
                  "a proxy in between requires a credential of its own"},
    StatusMeaning{403, Cause::insufficient_permissions, Strength::hints, ""},
    StatusMeaning{429, Cause::rate_limited, Strength::names, ""},
    StatusMeaning{420, Cause::rate_limited, Strength::suggests, "420 is an old status for too many requests"},
    StatusMeaning{509, Cause::rate_limited, Strength::suggests, "509 means that the bandwidth limit is used up"},
    StatusMeaning{419, Cause::expired_token, Strength::suggests, "419 means an expired session or form token"},
    StatusMeaning{440, Cause::expired_token, Strength::suggests, "440 means that the login has timed out"},
    StatusMeaning{498, Cause::invalid_credentials, Strength::suggests, "498 means an invalid or expired token"},
    StatusMeaning{499, Cause::missing_credentials, Strength::hints, ""},
    StatusMeaning{495, Cause::invalid_credentials, Strength::suggests,
                  "495 means that the client certificate was refused"},
    StatusMeaning{496, Cause::missing_credentials, Strength::suggests, "496 means that no client certificate was sent"},
    StatusMeaning{511, Cause::missing_credentials, Strength::suggests,
                  "511 means that a network's portal requires a login"},
    StatusMeaning{451, Cause::geo_blocked, Strength::suggests, "451 means: unavailable for legal reasons"},
    StatusMeaning{402, Cause::resource_disabled, Strength::suggests, "402 requires a payment"},
    StatusMeaning{999, Cause::waf_blocked, Strength::suggests, "999 is the answer of some sites to robots"},
};

void read_status(int status, Clues& clues) {
  const auto found = std::ranges::find(kStatusMeanings, status, &StatusMeaning::status);
  if (found != kStatusMeanings.end()) {
    const Trust trust = found->strength == Strength::names ? Trust::protocol : Trust::status;
    clues.push_back({found->cause, found->strength, trust, std::string(found->note)});
  }
}

// RFC 6750, section 3.1, and RFC 9470. `invalid_token` leaves open whether it is expired, revoked or false.
void read_challenge(const Challenge& challenge, const CredentialFacts& known, const Wording& wording, Clues& clues) {
  const std::string error = wire::lowered(challenge.param("error"));
  const auto add = [&](Cause cause, Strength strength, const std::string& evidence) {
    clues.push_back({cause, strength, Trust::protocol, evidence});
  };
  const std::string said =
      "WWW-Authenticate: " + challenge.scheme + " error=\"" + redact(challenge.param("error")) + "\"";
  if (error == "insufficient_scope") {
    const std::vector<std::string> wanted = challenged_scopes(challenge.param("scope"));
    const std::string scope = wanted.empty() ? "" : ", scope=\"" + redact(wire::joined(wanted, " ")) + '"';
    add(Cause::insufficient_scope, Strength::names, said + scope + comparison_of(wanted, known));
  } else if (error == "invalid_token") {
    add(Cause::invalid_credentials, Strength::suggests, said);
  } else if (error == "invalid_request") {
    add(Cause::malformed_credentials, Strength::suggests, said);
  } else if (error == "insufficient_user_authentication") {
    add(Cause::insufficient_permissions, Strength::names, said);  // a stronger login is asked for, not another token
  } else if (error == "use_dpop_nonce") {  // RFC 9449, section 8: the proof is to be repeated with the server's nonce
    add(Cause::malformed_credentials, Strength::names, said + ": the secret is not the cause");
  } else if (!error.empty()) {
    wording.read(words_of(error), Trust::protocol, said, clues);
  }
  if (wire::equal_ignoring_case(challenge.param("stale"), "true")) {  // RFC 7616: only the nonce is too old
    add(Cause::expired_token, Strength::names,
        "WWW-Authenticate: digest stale=true: the nonce is too old, the password is not the cause");
  }
  const std::string_view description = challenge.param("error_description");
  if (!description.empty()) {
    wording.read(phrase_of(description), Trust::protocol, "WWW-Authenticate says: " + redact(description), clues);
  }
}

// A server that lets a header say why. The names differ, their parts do not: x-amzn-errortype, x-ms-error-code,
// x-authentication-denied-reason, x-deny-reason, x-influxdb-error, x-seraph-loginreason, grpc-message.
bool carries_reason(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kParts = {"error",  "reason", "denied",    "failure",
                                                             "reject", "block",  "forbidden", "details"};
  if (name.starts_with("access-control") || name == "report-to" || name == "nel" ||
      name.find("policy") != std::string_view::npos || name.find("errors-count") != std::string_view::npos) {
    return false;
  }
  return std::ranges::any_of(kParts, [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

// A firewall or bot protection that signs what it did: cf-mitigated, x-vercel-mitigated, x-amzn-waf-action, x-datadome.
bool is_guard_header(std::string_view name) {
  static constexpr std::array<std::string_view, 6> kParts = {"mitigated", "waf-action", "datadome",
                                                             "captcha",   "-waf-",      "firewall"};
  return name.ends_with("-block") ||
         std::ranges::any_of(kParts, [&](std::string_view part) { return name.find(part) != std::string_view::npos; });
}

void read_reason_headers(std::span<const Header> headers, const Wording& wording, Clues& clues) {
  for (const auto& [name, value] : headers.first(std::min<std::size_t>(headers.size(), 64))) {
    const std::string field = wire::lowered(std::string_view(name).substr(0, 64));
    const std::string_view text = std::string_view(value).substr(0, 512);
    if (is_guard_header(field) && !text.empty()) {
      clues.push_back({Cause::waf_blocked, Strength::suggests, Trust::protocol, redact(field) + ": " + redact(text)});
    }
    if (!carries_reason(field)) continue;
    const bool is_code = text.find(' ') == std::string_view::npos;
    wording.read(is_code ? words_of(text) : phrase_of(text), Trust::field, redact(field) + ": " + redact(text), clues);
  }
}

// A budget that is used up: RateLimit (draft-ietf-httpapi-ratelimit-headers), X-RateLimit-Remaining and its relatives.
bool budget_is_used_up(std::string_view name, std::string_view value) {
  if (name == "ratelimit")
    return value.find("r=0") != std::string_view::npos || value.find("remaining=0") != std::string_view::npos;
  const bool remaining = name.find("ratelimit") != std::string_view::npos ||
                         name.find("rate-limit") != std::string_view::npos ||
                         name.find("quota") != std::string_view::npos;
  return remaining && name.find("remaining") != std::string_view::npos &&
         (value == "0" || value.starts_with("0,") || value.starts_with("0;"));
}

void read_rate_limits(int status, std::span<const Header> headers, Clues& clues) {
  bool used_up = false;
  bool wait = false;
  for (const auto& [name, value] : headers.first(std::min<std::size_t>(headers.size(), 64))) {
    const std::string field = wire::lowered(std::string_view(name).substr(0, 64));
    used_up = used_up || budget_is_used_up(field, value);
    wait = wait || (field == "retry-after" && value != "0");
  }
  // On a 401 the budget may be that of failed logins, and the refusal still one of the credential: it is evidence, and
  // moves nothing by itself.
  if (used_up && status == 401) {
    clues.push_back({Cause::invalid_credentials, Strength::hints, Trust::status,
                     "the rate-limit headers report no remaining requests: the 401 may be the limit's"});
  }
  if (used_up && status != 401) {
    clues.push_back({Cause::rate_limited, status == 403 || status == 429 ? Strength::names : Strength::suggests,
                     Trust::protocol, "the rate-limit headers report no remaining requests"});
  }
  if (wait && status == 403) {
    clues.push_back({Cause::rate_limited, Strength::suggests, Trust::protocol, "Retry-After asks the caller to wait"});
  }
}

// GitHub and those who copied it name the scopes that a token has and those that the call wants.
void read_scopes(std::span<const Header> headers, int status, Clues& clues) {
  const std::string_view wanted = header_of(headers, "x-accepted-oauth-scopes");
  if (wanted.empty() || (status != 403 && status != 404)) return;
  const std::string has = " " + wire::lowered(header_of(headers, "x-oauth-scopes").substr(0, 512)) + ",";
  for (std::string_view rest = wanted.substr(0, 512); !rest.empty();) {
    std::string_view scope = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(scope.size() + 1, rest.size()));
    scope.remove_prefix(std::min(scope.find_first_not_of(' '), scope.size()));
    if (!scope.empty() && has.find(" " + wire::lowered(scope) + ",") != std::string::npos) return;
  }
  clues.push_back({Cause::insufficient_scope, Strength::names, Trust::protocol,
                   "the call needs scope " + redact(wanted) + ", the token has " +
                       (has.size() > 2 ? redact(has.substr(1, has.size() - 2)) : "none")});
}

}  // namespace

std::string_view header_of(std::span<const Header> headers, std::string_view name) {
  const std::string* value = wire::find_header(headers, name);
  return value != nullptr ? std::string_view(*value) : std::string_view();
}

// https://grpc.github.io/grpc/core/md_doc_statuscodes.html
void read_grpc(std::span<const Header> headers, const Wording& wording, Clues& clues) {
  const std::string_view status = header_of(headers, "grpc-status");
  const std::string said = "grpc-status: " + redact(status);
  if (status == "16") clues.push_back({Cause::invalid_credentials, Strength::suggests, Trust::protocol, said});
  if (status == "7") clues.push_back({Cause::insufficient_permissions, Strength::suggests, Trust::protocol, said});
  if (status == "8") clues.push_back({Cause::rate_limited, Strength::suggests, Trust::protocol, said});
  // https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md: grpc-message is percent-encoded.
  const std::string message = wire::percent_decoded(header_of(headers, "grpc-message").substr(0, 512));
  if (!status.empty() && status != "0" && !message.empty())
    wording.read(phrase_of(message), Trust::field, "grpc-message: " + redact(message), clues);
}

void read_standards(const Input& input, std::span<const Challenge> challenges, const Wording& wording, Clues& clues) {
  read_status(input.status, clues);
  for (const Challenge& challenge : challenges) {
    read_challenge(challenge, input.credential, wording, clues);
    read_kerberos_error(challenge, clues);
  }
  if (input.status == 400 &&
      !challenges.empty()) {  // RFC 6750, section 3.1: invalid_request, whether it says so or not
    clues.push_back({Cause::malformed_credentials, Strength::suggests, Trust::protocol,
                     "400 with a challenge: the credential's form is wrong"});
  }
  read_reason_headers(input.headers, wording, clues);
  read_grpc(input.headers, wording, clues);
  read_rate_limits(input.status, input.headers, clues);
  read_scopes(input.headers, input.status, clues);
}

}  // namespace authprobe::diagnosis
