#include "exporter/diagnosis/challenge.h"
#include "exporter/diagnosis/diagnosis.h"

namespace authprobe::diagnosis {

Diagnosis diagnose(const Input& input) {
  Diagnosis result;
  const std::vector<Challenge> challenges = challenges_of(input.headers);
  switch (input.status) {
    case 401:
    case 407:
      result.refusal = Refusal::authentication;
      result.cause = input.sent == SentCredential::none ? Cause::missing_credentials : Cause::invalid_credentials;
      break;
    case 403: result.refusal = Refusal::authorization; break;
    case 429:
      result.refusal = Refusal::rate_limit;
      result.cause = Cause::rate_limited;
      result.confidence = Confidence::certain;
      break;
    default: return result;
  }
  for (const Challenge& challenge : challenges) {
    if (challenge.param("error") == "insufficient_scope") {
      result.cause = Cause::insufficient_scope;
      result.confidence = Confidence::certain;
    }
    result.evidence.push_back("WWW-Authenticate offers " + challenge.scheme);
  }
  return result;
}

bool may_hide_refusal(int, std::span<const Header>, std::string_view) {
  return false;
}

}  // namespace authprobe::diagnosis
