// What a refusal means: cause, confidence, evidence and advice, as a pure function of what was sent, what came back and
// what is known of the credential. It knows no clock, socket, file or log.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/wire/authorization.h"
#include "exporter/wire/headers.h"
#include "exporter/wire/time.h"

namespace authprobe::diagnosis {

using wire::Header;
using wire::SentCredential;

// The fixed list: these words are label values and part of the contract with alerts and dashboards.
enum class Cause : std::uint8_t {
  missing_credentials,
  malformed_credentials,
  invalid_credentials,
  expired_token,
  revoked_token,
  clock_skew,
  auth_service_down,
  insufficient_scope,
  insufficient_permissions,
  ip_blocked,
  geo_blocked,
  waf_blocked,
  rate_limited,
  resource_disabled,
  unknown,
};
inline constexpr std::size_t kCauseCount = 15;
std::string_view to_string(Cause cause);
std::optional<Cause> cause_from(std::string_view word);

enum class Confidence : std::uint8_t { certain, likely, guess };
inline constexpr std::size_t kConfidenceCount = 3;
std::string_view to_string(Confidence confidence);
std::optional<Confidence> confidence_from(std::string_view word);

// What kind of refusal an answer is, whatever its status code says.
enum class Refusal : std::uint8_t {
  none,            // not a refusal: a success, a plain 404, a server error that has nothing to do with who asks
  authentication,  // "who are you?"
  authorization,   // "I know you, but no"
  rate_limit,      // "not so often"
};
inline constexpr std::size_t kRefusalCount = 4;
std::string_view to_string(Refusal refusal);

// What is known without the server: never the secret itself.
struct CredentialFacts {
  std::optional<WallTime> expires_at;  // from the token itself, its issuer, or declared
  std::optional<WallTime> not_before;  // JWT nbf
  std::optional<WallTime> issued_at;   // JWT iat
  std::optional<WallTime> changed_at;  // when the secret's file last changed
  std::string shape_problem;     // what is wrong with the secret's form ("starts with \"Bearer \""); empty: nothing
  std::string_view hint;         // what servers read in more than one way in it, in a text that lasts; and
  std::string_view hint_advice;  // what to try then; empty: nothing
  std::optional<bool> active;    // its issuer was asked and says that it works, or that it does not
  std::vector<std::string> missing_scopes;                 // that the configuration requires and nobody has granted
  std::vector<std::string> lost_scopes;                    // that were granted before its issuer told others
  std::optional<std::vector<std::string>> granted_scopes;  // none: nobody tells
};

// The answer and all that is known when it came. Views must outlive the call only.
struct Input {
  int status = 0;
  std::span<const Header> headers;  // in order of arrival; names in any case
  std::string_view body;            // the first 64 KiB at most are looked at
  SentCredential sent = SentCredential::unknown;
  bool unanswered = false;  // digest: no challenge came, or it could not be answered, so that no password was sent
  CredentialFacts credential;
  // The URL that answered, where a redirect led to another origin: what was `sent` did not go there. Empty: it did.
  std::string redirected_to;
  std::string followed_to;            // the URL that answered, where redirects were followed to it. Empty: none was
  std::string_view requested;         // the target's URL: what it says of logins itself tells nothing. Empty: unknown
  std::string_view posted_to;         // where a body was sent, which a login's credential may be in. Empty: none was
  bool for_token = false;             // a token was asked for: what a refusal's body says, it says of who asks
  std::optional<WallTime> now;        // our clock when the answer came; absent for recordings without a time
  std::optional<WallTime> last_good;  // the target's last probe that went as expected
};

struct Diagnosis {
  Refusal refusal = Refusal::none;
  Cause cause = Cause::unknown;
  Confidence confidence = Confidence::guess;
  std::vector<std::string> evidence;  // one fact a line, bounded, without secrets
  std::string advice;                 // what to do next
};

struct Ruleset;

// Diagnoses any answer, refusal or not. Bounded in time and memory whatever the input's bytes are.
Diagnosis diagnose(const Input& input, const Ruleset& rules);

// True where a success (2xx or 3xx) may be a refusal in disguise, so that diagnose() is worth its cost. Cheap: it is
// asked of every successful probe.
bool may_hide_refusal(int status, std::span<const Header> headers, std::string_view body);

}  // namespace authprobe::diagnosis
