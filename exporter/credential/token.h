// Tokens that a server hands out: what is sent for one and what is read from the answer. Pure: times and random ids
// are given.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/credential/fetch_failure.h"
#include "exporter/credential/login_progress.h"
#include "exporter/http/request.h"
#include "exporter/http/response.h"
#include "exporter/wire/secret.h"
#include "exporter/wire/time.h"

namespace authprobe::credential {

struct Tickets;  // kerberos.h

struct FetchedToken {
  wire::Secret value;
  std::string scheme;                          // "Token", if the answer has one in front of the value; empty: none
  std::optional<WallTime> expires_at;          // as the answer has it
  bool never_expires = false;                  // as the answer has it
  std::optional<WallTime> refresh_expires_at;  // of a refresh token beside it, which is never used
  std::optional<std::vector<std::string>> scopes;
  TakenValues taken;                                // what a login has taken beside it, for the targets
  std::shared_ptr<const Tickets> tickets;           // of a login by Kerberos; null: another kind
  std::optional<std::chrono::seconds> again_after;  // a part is missing: it is fetched again then
  std::string remark;                               // what is odd about the answer, in our own words; empty: nothing
};

struct TokenRequest {
  http::Request request;              // as far as the token's server wants it: neither connection nor user agent
  wire::Secret assertion;             // a signed one in the body; empty: none
  std::string problem;                // why it cannot be made; empty where it can. Never a secret
  std::optional<FetchedToken> ready;  // without any request
  bool is_local = false;              // to a server of this machine or container: never through a proxy
};

// For a credential of kind oauth2 or login: of a login of several requests the next one. `id` makes an assertion unique
// (RFC 7519, `jti`).
TokenRequest token_request(const config::CredentialKind& kind, const config::SecretsInUse& secrets, WallTime now,
                           std::string_view id, const LoginProgress& progress = {});

struct TokenAnswer {
  FetchFailure failure = FetchFailure::none;
  std::string detail;  // the failure in our words
  FetchedToken token;  // where there is no failure
};

}  // namespace authprobe::credential
