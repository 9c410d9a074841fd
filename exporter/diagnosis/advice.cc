#include "exporter/diagnosis/advice.h"

#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/standards.h"

namespace authprobe::diagnosis {
namespace {

std::string_view base_advice(Cause cause) {
  switch (cause) {
    case Cause::missing_credentials:
      return "Send a credential: give the target one, or let the proxy in between pass the header on.";
    case Cause::malformed_credentials:
      return "Check how the credential is sent: scheme, header name, encoding, stray blanks or line ends. The secret "
             "itself may be good.";
    case Cause::invalid_credentials:
      return "Compare the secret with its issuer's: wrong value, wrong environment or audience. Its owner renews it if "
             "it is not the current one.";
    case Cause::expired_token:
      return "Renew the credential; its owner does that. Then see why the renewal before its end did not happen.";
    case Cause::revoked_token: return "Issue a new credential, and ask its owner who revoked the old one and why.";
    case Cause::clock_skew:
      return "Set the clock: check time synchronisation on our host and on the server. No credential needs to change.";
    case Cause::auth_service_down:
      return "The service behind the API that checks credentials does not answer: tell the API's operators. Do not "
             "rotate anything.";
    case Cause::insufficient_scope:
      return "Have the client or token granted the scope that the call wants; the credential's owner asks for it, then "
             "a new token is needed.";
    case Cause::insufficient_permissions:
      return "The credential is known, its account lacks the right: the API's administrators grant the role, or the "
             "call is one that this account must not make.";
    case Cause::ip_blocked:
      return "Have the address that we come from put on the server's allow list, or taken off its block list. No "
             "credential needs to change.";
    case Cause::geo_blocked:
      return "The server refuses our country or region: probe from an allowed place, or ask the provider for an "
             "exception.";
    case Cause::waf_blocked:
      return "A firewall or bot protection refuses the request before the API sees it: have its operators allow this "
             "probe, or change what makes it look like an attack.";
    case Cause::rate_limited:
      return "Ask less often: lengthen the interval, or have the quota raised. See what else uses the same credential "
             "or address.";
    case Cause::resource_disabled:
      return "The account, key, API or plan is switched off: its administrator has to switch it on again, or to pay "
             "for it.";
    case Cause::unknown: break;
  }
  return "The answer does not tell why. Compare with a call without credential, with a fresh one, and from another "
         "address.";
}

}  // namespace

std::string advice_for(const Input& input, Cause cause, bool scheme_mismatch) {
  if (cause == Cause::missing_credentials && !input.redirected_to.empty()) {
    return "Put " + redact(input.redirected_to) +
           " into the target if the credential is meant for that host: it is never sent past a redirect to another "
           "origin.";
  }
  std::string advice(base_advice(cause));
  if (cause == Cause::malformed_credentials && scheme_mismatch)
    advice += " The server wants another authentication scheme than the one configured.";
  if (!input.credential.shape_problem.empty() &&
      (cause == Cause::malformed_credentials || cause == Cause::invalid_credentials)) {
    advice += " The secret " + input.credential.shape_problem + ".";
  }
  if (cause == Cause::invalid_credentials && input.credential.changed_at && input.last_good &&
      *input.credential.changed_at > *input.last_good) {
    advice += " The secret's file changed after the last good probe: look at that change first.";
  }
  const std::string_view wait = header_of(input.headers, "retry-after");
  if (cause == Cause::rate_limited && !wait.empty() && wait.size() <= 32)
    advice += " The server asks to wait (Retry-After).";
  return advice;
}

}  // namespace authprobe::diagnosis
