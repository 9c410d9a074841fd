#include "exporter/prober/verdict.h"

#include "exporter/diagnosis/certificate_alert.h"
#include "exporter/diagnosis/evidence.h"

namespace authprobe::prober {
namespace {

using diagnosis::Refusal;

constexpr char kProxyForbids[] =
    "The proxy does not let this host reach the server: have its operators allow CONNECT to the target's host and "
    "port. The API has not seen the request: do not change the credential.";

constexpr char kProxyRefusesLogin[] =
    "The proxy does not accept proxy_username and proxy_password: compare them with the proxy's operators. The API has "
    "not seen the request: do not change the target's credential.";

Refusal refusal_of_status(int status) {
  switch (status) {
    case 401: return Refusal::authentication;
    case 403: return Refusal::authorization;
    case 429: return Refusal::rate_limit;
    default: return Refusal::none;
  }
}

std::optional<diagnosis::Diagnosis> diagnose(const http::Response& response, const ProbeContext& context,
                                             WallTime now) {
  const diagnosis::Input input = input_of(response, context, now);
  if (const auto& refusal = response.certificate_refusal) {
    return diagnosis::diagnose_certificate_alert(refusal->alert, refusal->shown, input);
  }
  diagnosis::Diagnosis found = diagnosis::diagnose(input, *context.rules);
  if (found.refusal == Refusal::none) found.refusal = refusal_of_status(response.status);
  if (found.refusal == Refusal::none) return std::nullopt;
  if (response.from_proxy) tell_of_proxy(response, found);
  return found;
}

// Whether the answer is worth a diagnosis: always where it is not as expected, a refusal in its place included, and
// where an expected success may be a refusal in disguise.
bool suspicious(const Outcome& outcome, const http::Response& response) {
  if (outcome.status == 0) return !outcome.expected_status && response.certificate_refusal.has_value();
  if (!outcome.expected_status) return true;
  return status_class_of(outcome.status) == StatusClass::c2xx &&
         diagnosis::may_hide_refusal(response.status, response.headers, response.body);
}

std::string followed(std::size_t redirects) {
  if (redirects == 0) return {};
  return " (" + std::to_string(redirects) + (redirects == 1 ? " redirect" : " redirects") + " followed)";
}

std::string describe(const Outcome& outcome, const http::Response& response, const std::string& failed_check) {
  std::string status = (response.from_proxy ? "the proxy's status " : "status ") + std::to_string(outcome.status);
  if (!response.redirects.empty()) status += " of " + diagnosis::redact(response.redirects.back().to);
  if (outcome.status == 0) return outcome.expected_status ? std::string() : response.error_detail;
  switch (state_of(outcome)) {
    case State::ok: return {};
    case State::exposed:
      return outcome.open_to_all ? "the same request without the credential is accepted too"
                                 : status + " where a refusal was expected: the server accepted the request";
    default: break;
  }
  if (!outcome.complete) return status + ", then the answer broke off: " + response.error_detail;
  if (!outcome.expected_status) return status + " was not expected" + followed(response.redirects.size());
  return failed_check.empty() ? status + " with a refusal in the body" : failed_check;
}

}  // namespace

diagnosis::SentCredential sent_to_proxy(const http::Response& response) {
  return response.proxy_login ? diagnosis::SentCredential::basic : diagnosis::SentCredential::none;
}

void tell_of_proxy(const http::Response& response, diagnosis::Diagnosis& found) {
  found.evidence.emplace_back("the proxy answered this itself: no request reached the server");
  if (response.status == 403) {
    found.cause = diagnosis::Cause::waf_blocked;
    found.confidence = diagnosis::Confidence::likely;
    found.advice = kProxyForbids;
  } else if (response.status == 407 && response.proxy_login) {
    found.evidence.emplace_back("proxy_username and proxy_password were sent to the proxy");
    found.cause = diagnosis::Cause::invalid_credentials;
    found.confidence = diagnosis::Confidence::likely;
    found.advice = kProxyRefusesLogin;
  }
}

diagnosis::Input input_of(const http::Response& response, const ProbeContext& context, WallTime now) {
  diagnosis::Input input;
  input.status = response.status;
  input.headers = response.headers;
  input.body = std::string_view(response.body).substr(0, http::kBodyKept);
  // A proxy that answers itself has its own login to judge.
  input.sent = response.from_proxy ? sent_to_proxy(response) : context.sent;
  if (!response.from_proxy) input.credential = context.credential;
  input.unanswered = response.unanswered;
  const bool anything_sent = input.sent != diagnosis::SentCredential::none;
  if (anything_sent && response.left_origin()) input.redirected_to = response.redirects.back().to;
  if (!response.redirects.empty()) input.followed_to = response.redirects.back().to;
  input.requested = context.url;
  if (context.has_body && !response.from_proxy) input.posted_to = context.url;
  input.now = now;
  input.last_good = context.last_good;
  return input;
}

Verdict judge(const Checks& checks, const http::Response& response, const ProbeContext& context, WallTime now) {
  Verdict verdict;
  Outcome& outcome = verdict.outcome;
  outcome.status = response.status;
  outcome.complete = response.error == http::TransportError::none;
  outcome.expected_status = checks.expects(response.status);
  outcome.refusal_expected = checks.expects_refusal();
  if (checks.expects_certificate_refusal()) {
    outcome.expected_status = response.certificate_refusal && !response.certificate_refusal->shown;
    outcome.refusal_expected = true;
  }
  outcome.open_to_all = context.open_to_all;
  std::string failed_check;
  if (outcome.expected_status && outcome.complete) failed_check = checks.failure(response);
  outcome.checks_passed = failed_check.empty();
  if (suspicious(outcome, response)) verdict.refusal = diagnose(response, context, now);
  if (verdict.refusal) {
    outcome.refusal = verdict.refusal->refusal;
    outcome.refusal_is_sure = verdict.refusal->confidence != diagnosis::Confidence::guess;
  }
  // A guess about a success is no refusal: it would open an episode for a page that only speaks of tokens.
  const StatusClass status_class = status_class_of(outcome.status);
  const bool let_in = status_class == StatusClass::c2xx || status_class == StatusClass::c3xx;
  if (let_in && !outcome.refusal_is_sure) {
    verdict.refusal.reset();
    outcome.refusal = Refusal::none;
  }
  // A login at another origin is the first one's word on the credential.
  const bool asked_to_log_in =
      let_in && verdict.refusal && verdict.refusal->cause != diagnosis::Cause::missing_credentials;
  verdict.judges_credential =
      !response.from_proxy && !response.unanswered && (!response.left_origin() || asked_to_log_in);
  verdict.detail = describe(outcome, response, failed_check);
  return verdict;
}

bool is_unexplained_failure(const Verdict& verdict, const http::Response& response) {
  return response.status >= 500 && !verdict.refusal && !response.from_proxy && !response.left_origin() &&
         state_of(verdict.outcome) == State::unexpected;
}

Verdict credential_unavailable(std::string problem) {
  Verdict verdict;
  verdict.outcome.sent = false;
  verdict.detail = std::move(problem);
  return verdict;
}

}  // namespace authprobe::prober
