#include "exporter/diagnosis/oauth_problem.h"

#include <algorithm>
#include <array>
#include <string>

#include "exporter/diagnosis/evidence.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

struct OauthProblem {
  std::string_view word;
  Cause cause;
  Strength strength;
};

// The extension's words, and those that Magento adds: verifier_invalid, consumer_key_invalid
// (https://developer.adobe.com/commerce/webapi/get-started/authentication/oauth-errors/).
constexpr std::array kOauthProblems = {
    OauthProblem{"version_rejected", Cause::malformed_credentials, Strength::names},
    OauthProblem{"parameter_absent", Cause::malformed_credentials, Strength::names},
    OauthProblem{"parameter_rejected", Cause::malformed_credentials, Strength::names},
    OauthProblem{"timestamp_refused", Cause::clock_skew, Strength::names},
    OauthProblem{"nonce_used", Cause::malformed_credentials, Strength::suggests},  // a request that was sent twice
    OauthProblem{"signature_method_rejected", Cause::malformed_credentials, Strength::names},
    OauthProblem{"signature_invalid", Cause::invalid_credentials, Strength::names},
    OauthProblem{"consumer_key_unknown", Cause::invalid_credentials, Strength::names},
    OauthProblem{"consumer_key_invalid", Cause::invalid_credentials, Strength::names},
    OauthProblem{"consumer_key_rejected", Cause::resource_disabled, Strength::suggests},  // for good: it is barred
    OauthProblem{"consumer_key_refused", Cause::rate_limited, Strength::suggests},        // for a time
    OauthProblem{"token_used", Cause::invalid_credentials, Strength::suggests},
    OauthProblem{"token_expired", Cause::expired_token, Strength::names},
    OauthProblem{"token_revoked", Cause::revoked_token, Strength::names},
    OauthProblem{"token_rejected", Cause::invalid_credentials, Strength::suggests},  // for an unspecified reason
    OauthProblem{"token_not_renewable", Cause::invalid_credentials, Strength::suggests},
    OauthProblem{"verifier_invalid", Cause::invalid_credentials, Strength::names},
    OauthProblem{"permission_unknown", Cause::insufficient_permissions, Strength::suggests},
    OauthProblem{"permission_denied", Cause::insufficient_permissions, Strength::suggests},
    OauthProblem{"additional_authorization_required", Cause::insufficient_scope, Strength::suggests},
    OauthProblem{"user_refused", Cause::insufficient_permissions, Strength::suggests},
};

constexpr std::string_view kParameter = "oauth_problem";

void read_problem(std::string_view value, const std::string& place, Clues& clues) {
  const std::string word = wire::lowered(value.substr(0, 64));
  const auto known = std::ranges::find(kOauthProblems, word, &OauthProblem::word);
  if (known == kOauthProblems.end()) return;
  clues.push_back({known->cause, known->strength, Trust::protocol, place + " oauth_problem=\"" + redact(word) + '"'});
  clues.back().of_caller = true;
}

}  // namespace

void read_oauth_problem(std::span<const Challenge> challenges, const Body& body, Clues& clues) {
  for (const Challenge& challenge : challenges) {
    read_problem(challenge.param(kParameter), "WWW-Authenticate: " + challenge.scheme, clues);
  }
  for (const Field& field : body.fields) {
    if (field.path == kParameter) read_problem(field.value, "the body:", clues);
  }
}

}  // namespace authprobe::diagnosis
