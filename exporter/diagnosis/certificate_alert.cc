#include "exporter/diagnosis/certificate_alert.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "exporter/diagnosis/advice.h"
#include "exporter/diagnosis/clue.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/diagnosis/standards.h"

namespace authprobe::diagnosis {
namespace {

struct Meaning {
  std::uint8_t alert;
  std::string_view name;
  Cause cause;
  Confidence confidence;
  bool vague;  // servers send it for any fault of a certificate, and for none at all
  std::string_view words;
};

// RFC 8446, section 6.2; handshake_failure: RFC 5246, section 7.4.6. Go, for one, sends bad_certificate for all that it
// has no better word for, a missing certificate included.
constexpr std::array kMeanings = {
    Meaning{40, "handshake_failure", Cause::invalid_credentials, Confidence::likely, true, "it gives no reason"},
    Meaning{42, "bad_certificate", Cause::invalid_credentials, Confidence::certain, true, "it does not verify"},
    Meaning{43, "unsupported_certificate", Cause::invalid_credentials, Confidence::certain, false,
            "the server does not accept its type or its purpose"},
    Meaning{44, "certificate_revoked", Cause::revoked_token, Confidence::certain, false, "its issuer has revoked it"},
    Meaning{45, "certificate_expired", Cause::expired_token, Confidence::certain, false,
            "it, or another one in its chain, has expired or is not valid yet"},
    Meaning{46, "certificate_unknown", Cause::invalid_credentials, Confidence::likely, true, "it gives no reason"},
    Meaning{48, "unknown_ca", Cause::invalid_credentials, Confidence::certain, false,
            "the server does not trust its issuer"},
    Meaning{49, "access_denied", Cause::insufficient_permissions, Confidence::certain, true,
            "it is valid, but its holder has no access"},
    Meaning{116, "certificate_required", Cause::missing_credentials, Confidence::certain, true, "none was sent"},
};

const Meaning& meaning_of(std::uint8_t alert) {
  const auto* const found = std::ranges::find(kMeanings, alert, &Meaning::alert);
  return found != kMeanings.end() ? *found : kMeanings.front();
}

constexpr char kNotAccepted[] =
    "Compare the certificate with what the server's operators expect: its issuer, its subject, its purpose (client "
    "authentication). If it does not match, its owner requests another one.";

// What is known of a certificate's times explains an alert that does not.
void take_known_times(const Input& input, bool vague, Diagnosis& result) {
  Clues clues;
  read_times(input, clues);
  for (Clue& clue : clues) {
    if (result.evidence.size() == kMostEvidence) return;
    if (vague && clue.cause == Cause::expired_token && clue.strength == Strength::names) {
      result.cause = clue.cause;
      result.confidence = Confidence::likely;
    }
    result.evidence.push_back(std::move(clue.evidence));
  }
}

}  // namespace

Diagnosis diagnose_certificate_alert(std::uint8_t alert, bool shown, const Input& input) {
  const Meaning& meaning = meaning_of(alert);
  Diagnosis result;
  result.refusal = Refusal::authentication;
  result.cause = meaning.cause;
  result.confidence = meaning.confidence;
  const std::string name(meaning.name);
  if (!shown && meaning.vague) {
    result.cause = Cause::missing_credentials;
    result.evidence.push_back("TLS alert " + name + ": the server requires a client certificate, and none was sent");
  } else {
    result.evidence.push_back("TLS alert " + name +
                              ": the server refused our client certificate: " + std::string(meaning.words));
    if (input.sent == SentCredential::client_certificate) take_known_times(input, meaning.vague, result);
  }
  const bool not_accepted = result.cause == Cause::invalid_credentials;
  result.advice = not_accepted ? kNotAccepted : advice_for(input, result.cause, /*scheme_mismatch=*/false);
  return result;
}

}  // namespace authprobe::diagnosis
