#include "exporter/prober/fetch_refusal.h"

#include "exporter/diagnosis/advice.h"

namespace authprobe::prober {
namespace {

using config::AuthStyle;
using credential::FetchFailure;
using diagnosis::Diagnosis;
using diagnosis::SentCredential;

// What the request for a token carries: not what is sent with the token later.
SentCredential asked_with(const config::CredentialKind& kind) {
  const auto* oauth2 = std::get_if<config::Oauth2>(&kind);
  if (oauth2 == nullptr) return SentCredential::api_key;  // a login
  switch (oauth2->auth_style) {
    case AuthStyle::basic: return SentCredential::basic;
    case AuthStyle::post:
    case AuthStyle::private_key_jwt: return SentCredential::api_key;  // a field of the form
    case AuthStyle::none: break;
  }
  return SentCredential::unknown;
}

// The form of the answer tells, and nothing in its words has to.
Diagnosis refused_login(const diagnosis::Input& input, const std::string& detail) {
  Diagnosis result;
  result.refusal = diagnosis::Refusal::authentication;
  result.cause = diagnosis::Cause::invalid_credentials;
  result.confidence = diagnosis::Confidence::likely;
  result.evidence = {detail};
  result.advice = diagnosis::advice_for(input, result.cause, false);
  return result;
}

}  // namespace

std::optional<Diagnosis> fetch_refusal(const credential::Credential& credential, const http::Response& response,
                                       const credential::TokenAnswer& failed, const diagnosis::Ruleset& rules,
                                       std::optional<WallTime> last_good, WallTime now) {
  diagnosis::Input input;
  input.status = response.status;
  input.headers = response.headers;
  input.body = response.body;
  input.sent = asked_with(credential.config().kind);
  input.credential.changed_at = credential.changed_at();
  input.now = now;
  input.last_good = last_good;
  if (failed.failure == FetchFailure::login_refused) return refused_login(input, failed.detail);
  Diagnosis result = diagnosis::diagnose(input, rules);
  if (result.refusal == diagnosis::Refusal::none) return std::nullopt;
  return result;
}

}  // namespace authprobe::prober
