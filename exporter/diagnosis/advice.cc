#include "exporter/diagnosis/advice.h"

#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/standards.h"

namespace authprobe::diagnosis {
namespace {

std::string_view base_advice(Cause cause) {
  switch (cause) {
    case Cause::missing_credentials:
      return "Send a credential: configure one for the target, or let the proxy in between forward the header.";
    case Cause::malformed_credentials:
      return "Check how the credential is sent: scheme, header name, encoding, stray blanks or line ends. The secret "
             "itself may be valid.";
    case Cause::invalid_credentials:
      return "Compare the secret with the issuer's: the value, environment or audience may be wrong. If it is not the "
             "current one, its owner renews it.";
    case Cause::expired_token:
      return "Renew the credential: this is its owner's task. Then find out why it was not renewed before its expiry.";
    case Cause::revoked_token: return "Issue a new credential, and ask the owner who revoked the old one and why.";
    case Cause::clock_skew:
      return "Correct the clock: check time synchronisation on our host and on the server. Do not change the "
             "credential.";
    case Cause::auth_service_down:
      return "The service that verifies credentials for the API fails: inform the API's operators. Do not rotate the "
             "credential.";
    case Cause::insufficient_scope:
      return "The client or token lacks a scope that the call needs: the credential's owner requests it; then a new "
             "token is needed.";
    case Cause::insufficient_permissions:
      return "The server knows the credential, but its account lacks the permission: the API's administrators grant "
             "the role, or this account must not make this call.";
    case Cause::ip_blocked:
      return "The server refuses our address: have it added to the allow list, or removed from the block list. Do not "
             "change the credential.";
    case Cause::geo_blocked:
      return "The server refuses our country or region: probe from an allowed location, or ask the provider for an "
             "exception.";
    case Cause::waf_blocked:
      return "A firewall or bot protection refuses the request before it reaches the API: have its operators allow "
             "this probe, or change the part of the request that resembles an attack.";
    case Cause::rate_limited:
      return "Send fewer requests: lengthen the interval, or have the quota raised. Find out who else uses the same "
             "credential or address.";
    case Cause::resource_disabled:
      return "The account, key, API or plan is switched off: its administrator must enable it again, or pay for it.";
    case Cause::unknown: break;
  }
  return "The answer does not show the cause. Compare it with a call without the credential, with a fresh one, and "
         "from another address.";
}

constexpr char kProxyWantsCredential[] =
    "A proxy on the way requires a credential of its own: set proxy_username and proxy_password if it is the "
    "configured one, have its operators let this host through without one, or use another proxy. The API has not seen "
    "the request: do not change the target's credential.";

}  // namespace

std::string advice_for(const Input& input, Cause cause, bool scheme_mismatch) {
  if (cause == Cause::missing_credentials && !input.redirected_to.empty()) {
    return "Put " + redact(input.redirected_to) +
           " into the target if the credential is meant for that host: it is never sent past a redirect to another "
           "origin.";
  }
  if (input.status == 407) return kProxyWantsCredential;
  std::string advice(base_advice(cause));
  if (cause == Cause::malformed_credentials && scheme_mismatch)
    advice += " The server requires another authentication scheme than the configured one.";
  if (!input.credential.shape_problem.empty() &&
      (cause == Cause::malformed_credentials || cause == Cause::invalid_credentials)) {
    advice += " The secret " + input.credential.shape_problem + ".";
  }
  if (cause == Cause::invalid_credentials && !input.credential.hint_advice.empty()) {
    advice.append(" If it is the right one, ").append(input.credential.hint_advice).append(".");
  }
  if (cause == Cause::invalid_credentials && input.credential.changed_at && input.last_good &&
      *input.credential.changed_at > *input.last_good) {
    advice += " The secret's file changed after the last good probe: check that change first.";
  }
  const std::string_view wait = header_of(input.headers, "retry-after");
  if (cause == Cause::rate_limited && !wait.empty() && wait.size() <= 32)
    advice += " The server asks to wait (Retry-After).";
  return advice;
}

}  // namespace authprobe::diagnosis
