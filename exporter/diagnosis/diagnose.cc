#include <algorithm>

#include "exporter/diagnosis/advice.h"
#include "exporter/diagnosis/body_clues.h"
#include "exporter/diagnosis/decision.h"
#include "exporter/diagnosis/error_document.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/login.h"
#include "exporter/diagnosis/ruleset.h"
#include "exporter/diagnosis/standards.h"

namespace authprobe::diagnosis {
namespace {

bool is_success(int status) {
  return status >= 100 && status < 400;
}

bool carried_something(const Input& input) {
  return input.sent != SentCredential::none && input.sent != SentCredential::unknown;
}

// The request as the one who answered got it: nothing of the credential follows a redirect to another origin.
Input as_received(const Input& input) {
  Input received = input;
  if (input.redirected_to.empty()) return received;
  received.sent = SentCredential::none;
  received.credential = {};
  return received;
}

// A login in place of the answer: a session has ended, any other credential was not taken; without one, one is missing.
// Where it stands at another origin, it is still the first one's word on what was sent.
Clue asked_to_log_in(const Input& input, Trust trust, std::string evidence) {
  Cause cause = Cause::invalid_credentials;
  if (input.sent == SentCredential::cookie) cause = Cause::expired_token;
  if (!carried_something(input)) cause = Cause::missing_credentials;
  Clue clue{cause, Strength::suggests, trust, std::move(evidence)};
  clue.firm = !input.redirected_to.empty();
  return clue;
}

void read_redirect(const Input& input, Clues& clues) {
  const std::string_view location = header_of(input.headers, "location");
  if (location.empty() || !leads_to_login(location)) return;
  clues.push_back(asked_to_log_in(
      input, Trust::protocol, "the server redirects to a login: " + redact(location.substr(0, location.find('?')))));
}

// A success counts as a refusal only where its form says so: an error document, a login page in place of the answer, or
// a vendor's refusal that is known to come under this status.
void read_success(const Input& input, const Body& body, const Ruleset& rules, Clues& clues) {
  if (input.status >= 300) read_redirect(input, clues);
  read_grpc(input.headers, rules.wording, clues);
  read_error_fields(body, build_of(body, rules.wording), rules.wording, clues);
  read_refusing_page(body, rules.wording, clues);
  if (carried_something(input) && is_login_page(body)) {
    clues.push_back(asked_to_log_in(input, Trust::field, "the answer is a login page: \"" + redact(body.title) + "\""));
  }
  rules.signatures.read(input.status, input.headers, body, input.body, clues, true);
}

void add_evidence(const Input& input, const Decision& decision, Diagnosis& result) {
  std::string status = "HTTP " + std::to_string(input.status);
  if (carried_something(input)) {
    status += " to a request with a credential (" + std::string(to_string(input.sent)) + ")";
  }
  result.evidence.push_back(std::move(status));
  for (const std::string& reason : decision.reasons) {
    if (result.evidence.size() == kMostEvidence) break;
    result.evidence.push_back(reason);
  }
}

}  // namespace

Diagnosis diagnose(const Input& whole, const Ruleset& rules) {
  const Input input = as_received(whole);
  const bool success = is_success(input.status);
  const Body body =
      parse_body(input.body, header_of(input.headers, "content-type"), !success || input.body.size() <= kSmallDocument);
  const std::vector<Challenge> challenges = challenges_of(input.headers);
  Clues clues;
  if (success) {
    read_success(whole, body, rules, clues);
  } else {
    read_standards(input, challenges, rules.wording, clues);
    read_times(input, clues);
    rules.signatures.read(input.status, input.headers, body, input.body, clues, false);
    read_body(body, rules.wording, clues);
  }
  const Decision decision = decide(input, challenges, clues);
  Diagnosis result;
  result.cause = decision.cause;
  result.confidence = decision.confidence;
  result.refusal = refusal_of(decision.cause, input.status);
  if (result.refusal == Refusal::none) return result;
  add_evidence(input, decision, result);
  result.advice = advice_for(input, decision.cause, decision.scheme_mismatch);
  return result;
}

}  // namespace authprobe::diagnosis
