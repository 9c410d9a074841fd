#include "exporter/prober/fetch_refusal.h"

#include <algorithm>
#include <iterator>

#include "exporter/diagnosis/advice.h"
#include "exporter/diagnosis/certificate_alert.h"
#include "exporter/prober/verdict.h"

namespace authprobe::prober {
namespace {

using config::AuthStyle;
using credential::FetchFailure;
using diagnosis::Diagnosis;
using diagnosis::SentCredential;

// What the request for a token carries: not what is sent with the token later.
SentCredential asked_with(const config::CredentialKind& kind) {
  if (const auto* aws = std::get_if<config::AwsSigv4>(&kind)) {
    return aws->source.assume_role.empty() ? SentCredential::bearer : SentCredential::sigv4;
  }
  const auto* oauth2 = std::get_if<config::Oauth2>(&kind);
  if (oauth2 == nullptr) return SentCredential::api_key;  // a login
  switch (oauth2->auth_style) {
    case AuthStyle::basic: return SentCredential::basic;
    case AuthStyle::post:
    case AuthStyle::client_assertion:
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

struct TicketRefusal {
  FetchFailure failure;
  diagnosis::Cause cause;
  std::string_view advice;
};

constexpr TicketRefusal kTicketRefusals[] = {
    {FetchFailure::principal_unknown, diagnosis::Cause::invalid_credentials,
     "Compare `principal` with the KDC's list: it was renamed, removed, or is of another realm."},
    {FetchFailure::principal_disabled, diagnosis::Cause::resource_disabled,
     "Have the realm's administrators enable the principal or extend it. The keytab itself may be valid."},
    {FetchFailure::key_outdated, diagnosis::Cause::invalid_credentials,
     "Export a new keytab for the principal: its key has changed since this one was made (`klist -kte` shows the "
     "version in the keytab, `kvno` the KDC's)."},
    {FetchFailure::service_unknown, diagnosis::Cause::malformed_credentials,
     "Probe the host by the name that is registered for the service, or have the realm's administrators register this "
     "one (MIT: addprinc; Active Directory: setspn). Do not change the keytab."},
    {FetchFailure::clock_skew, diagnosis::Cause::clock_skew,
     "Correct the clock: check time synchronisation on this host and on the KDC. Do not change the keytab."},
    {FetchFailure::kdc_refused, diagnosis::Cause::unknown,
     "Ask the realm's administrators: the KDC's log has the reason."},
};

// The KDC's code tells; it is no answer of HTTP.
std::optional<Diagnosis> refused_ticket(const credential::TokenAnswer& failed) {
  const auto* const found = std::ranges::find(kTicketRefusals, failed.failure, &TicketRefusal::failure);
  if (found == std::end(kTicketRefusals)) return std::nullopt;
  Diagnosis result;
  result.refusal = diagnosis::Refusal::authentication;
  result.cause = found->cause;
  result.confidence =
      result.cause == diagnosis::Cause::unknown ? diagnosis::Confidence::guess : diagnosis::Confidence::certain;
  result.evidence = {failed.detail};
  result.advice = found->advice;
  return result;
}

}  // namespace

std::optional<Diagnosis> fetch_refusal(const credential::Credential& credential, const http::Response& response,
                                       const credential::TokenAnswer& failed, const diagnosis::Ruleset& rules,
                                       std::optional<WallTime> last_good, WallTime now) {
  if (auto refused = refused_ticket(failed)) return refused;
  if (response.status == 0 && !response.certificate_refusal) return std::nullopt;
  diagnosis::Input input;
  input.status = response.status;
  input.headers = response.headers;
  input.body = response.body;
  input.sent = asked_with(credential.config().kind);
  input.credential.changed_at = credential.changed_at();
  input.credential.hint = credential.hint().fact;
  input.credential.hint_advice = credential.hint().advice;
  input.for_token = true;
  input.now = now;
  input.last_good = last_good;
  if (const auto& refusal = response.certificate_refusal) {
    input.sent = SentCredential::client_certificate;
    return diagnosis::diagnose_certificate_alert(refusal->alert, refusal->shown, input);
  }
  if (failed.failure == FetchFailure::login_refused) return refused_login(input, failed.detail);
  if (response.from_proxy) input.sent = sent_to_proxy(response);
  Diagnosis result = diagnosis::diagnose(input, rules);
  if (result.refusal == diagnosis::Refusal::none) return std::nullopt;
  if (!result.evidence.empty() && result.evidence.front().starts_with("HTTP ")) {
    result.evidence.front() = "HTTP " + std::to_string(response.status) + " to the request for a token";
  }
  if (response.from_proxy) tell_of_proxy(response, result);
  return result;
}

}  // namespace authprobe::prober
