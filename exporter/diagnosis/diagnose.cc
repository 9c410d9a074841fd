#include <algorithm>

#include "exporter/diagnosis/advice.h"
#include "exporter/diagnosis/belief.h"
#include "exporter/diagnosis/body_clues.h"
#include "exporter/diagnosis/decision.h"
#include "exporter/diagnosis/declared_status.h"
#include "exporter/diagnosis/error_document.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/login.h"
#include "exporter/diagnosis/login_address.h"
#include "exporter/diagnosis/oauth_problem.h"
#include "exporter/diagnosis/reading.h"
#include "exporter/diagnosis/record.h"
#include "exporter/diagnosis/ruleset.h"
#include "exporter/diagnosis/standards.h"

namespace authprobe::diagnosis {
namespace {

constexpr int kOk = 200;
constexpr int kCreated = 201;  // something came into being, whatever is said of it

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

// The beginning of a <soap:Envelope>, of whatever version and prefix; empty: the text is none.
std::string_view envelope_in(std::string_view text, const Body& body) {
  constexpr std::size_t kHead = 4096;
  text = text.substr(0, kHead);
  const bool is_one = body.format == BodyFormat::xml && text.find("Envelope") != std::string_view::npos;
  return is_one ? text : std::string_view{};
}

// The request was SOAP too, and may have had its credential inside (WS-Security, or a form of the service's own).
bool is_soap(std::string_view text, const Body& body) {
  const std::string_view envelope = envelope_in(text, body);
  return envelope.find("schemas.xmlsoap.org/soap") != std::string_view::npos ||
         envelope.find("w3.org/2003/05/soap-envelope") != std::string_view::npos;
}

// <soap:Envelope> ... <soap:Fault>. Not one that the server calls its own: "Server" of SOAP 1.1, "Receiver" of 1.2.
bool is_soap_fault_of_the_call(std::string_view text, const Body& body) {
  const bool is_its_own = std::ranges::any_of(body.fields, [](const Field& field) {
    const bool is_code = field.key() == "faultcode" || field.key() == "value";
    return is_code && (field.value.find("Server") != std::string::npos || field.value.ends_with("Receiver"));
  });
  return envelope_in(text, body).find("Fault>") != std::string_view::npos && !is_its_own;
}

// What a refusing status was used for that refuses nobody: a payment that was declined is what became of the call, as a
// 422 tells it, and what exists already is a conflict. 0: the status means what it says.
int meant_instead(int status, const Body& body) {
  if (status == 402 && tells_of_a_payment(body)) return 422;
  return status == 403 && tells_of_a_conflict(body) ? 409 : 0;
}

// SOAP sends the faults of a call under 500 too (SOAP 1.1, 6.2): their words count as those of an error under a success
// do. An answer that calls itself a 401 or a 403 is one, whatever it was sent under.
Input as_judged(Input received, const Body& body) {
  if (const int meant = meant_instead(received.status, body); meant != 0) {
    received.status = meant;
    return received;
  }
  const bool asks_who = received.status == 401 || received.status == 407;
  if (received.sent == SentCredential::none && !asks_who && is_soap(received.body, body))
    received.sent = SentCredential::unknown;
  if (received.status == 500 && is_soap_fault_of_the_call(received.body, body)) received.status = kOk;
  if (const int declared = declared_status(received.status, body); declared != 0) received.status = declared;
  return received;
}

// The body alone calls the answer a refusal, which makes nothing certain.
bool declares_itself(const Input& whole, const Input& judged) {
  return !status_refuses(whole.status) && judged.status != whole.status;
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

// The answer itself leads on to a login: a redirect, or a refresh that a header asks for.
void read_redirect(const Input& input, Clues& clues) {
  const bool redirect = input.status >= 300;
  const std::string_view value = header_of(input.headers, redirect ? "location" : "refresh");
  const std::string location = redirect ? std::string(value) : refresh_leads_to(value.substr(0, 1024));
  if (location.empty() || !leads_to_login(location, input.requested)) return;
  if (!redirect && !carried_something(input)) return;
  clues.push_back(asked_to_log_in(
      input, Trust::protocol, "the server redirects to a login: " + redact(location.substr(0, location.find('?')))));
}

// {"authenticated": false}, and hardly anything else.
bool denies_login(const Body& body) {
  constexpr std::size_t kFewFields = 4;
  return body.fields.size() <= kFewFields && std::ranges::any_of(body.fields, [](const Field& field) {
           return field.value == "false" && (field.path == "authenticated" || field.path == "isauthenticated" ||
                                             field.path == "logged_in" || field.path == "loggedin");
         });
}

// A success that is a login: by its own content, or because redirects to a login were followed.
void read_login(const Input& input, const Body& body, Clues& clues) {
  if (!carried_something(input)) return;
  if (leads_to_login(input.followed_to, input.requested)) {
    clues.push_back(
        asked_to_log_in(input, Trust::protocol, "redirects were followed to a login: " + redact(input.followed_to)));
  }
  if (denies_login(body))
    clues.push_back(asked_to_log_in(input, Trust::field, "the answer says that nobody is logged in"));
  if (!is_login(body, input.requested)) return;
  const std::string what = body.title.empty() ? "leads to a login" : "is a login page: \"" + redact(body.title) + "\"";
  clues.push_back(asked_to_log_in(input, Trust::field, "the answer " + what));
}

// A success counts as a refusal only where its form says so: an error document, a login page in place of the answer, or
// a vendor's refusal that is known to come under this status.
void read_success(const Input& input, const Body& body, const Ruleset& rules, Clues& clues) {
  read_redirect(input, clues);
  read_login(input, body, clues);
  read_grpc(input.headers, rules.wording, clues);
  const Build build = input.status == kCreated ? Build::content : build_of(body, rules.wording);
  read_error_fields(body, build, rules.wording, clues);
  read_refusing_page(body, rules.wording, clues);
  // A vendor's code in a list of things is said of one of them.
  const bool lists_things = build == Build::content && body.format == BodyFormat::json && body.rows > 0;
  if (!lists_things) rules.signatures.read(input.status, input.headers, body, input.body, clues, true);
}

void add_evidence(int http_status, const Input& input, const Decision& decision, Diagnosis& result) {
  std::string status = "HTTP " + std::to_string(http_status);
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

Reading read_answer(const Input& whole, const Ruleset& rules) {
  const bool success = is_success(whole.status);
  const Body body =
      parse_body(whole.body, header_of(whole.headers, "content-type"), !success || whole.body.size() <= kSmallDocument);
  Reading reading{as_judged(as_received(whole), body), challenges_of(whole.headers), {}};
  if (success) {
    read_success(whole, body, rules, reading.clues);
  } else {
    read_standards(reading.input, reading.challenges, rules.wording, reading.clues);
    read_times(reading.input, reading.clues);
    const int known_under = declares_itself(whole, reading.input) ? whole.status : reading.input.status;
    rules.signatures.read(known_under, whole.headers, body, whole.body, reading.clues, false);
    read_body(body, rules.wording, whole.for_token, reading.clues);
  }
  read_oauth_problem(reading.challenges, body, reading.clues);
  return reading;
}

Diagnosis diagnose(const Input& whole, const Ruleset& rules) {
  const Reading reading = read_answer(whole, rules);
  const Decision decision = decide(reading.input, reading.challenges, reading.clues);
  Diagnosis result;
  result.cause = decision.cause;
  result.confidence = decision.confidence;
  if (declares_itself(whole, reading.input)) result.confidence = std::max(result.confidence, Confidence::likely);
  result.refusal = refusal_of(decision.cause, reading.input.status);
  if (result.refusal == Refusal::none) return result;
  add_evidence(whole.status, reading.input, decision, result);
  result.advice = advice_for(reading.input, decision.cause, decision.scheme_mismatch);
  return result;
}

}  // namespace authprobe::diagnosis
