#include "exporter/diagnosis/certificate_alert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace authprobe::diagnosis {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;

constexpr WallTime kAlertTime{1'795'305'600s};

enum Alert : std::uint8_t {  // RFC 8446, section 6
  handshake_failure = 40,
  bad_certificate = 42,
  unsupported_certificate = 43,
  certificate_revoked = 44,
  certificate_expired = 45,
  certificate_unknown = 46,
  unknown_ca = 48,
  access_denied = 49,
  certificate_required = 116,
};

Diagnosis of(Alert alert, bool shown, CredentialFacts facts = {}) {
  Input input;
  input.sent = SentCredential::client_certificate;
  input.credential = std::move(facts);
  input.now = kAlertTime;
  return diagnose_certificate_alert(alert, shown, input);
}

CredentialFacts ending_at(WallTime end) {
  CredentialFacts facts;
  facts.expires_at = end;
  return facts;
}

struct Expected {
  Alert alert;
  Cause cause;
  Confidence confidence;
};

TEST(CertificateAlert, SaysWhatIsWrongWithTheCertificate) {
  for (const auto& [alert, cause, confidence] : {
           Expected{certificate_expired, Cause::expired_token, Confidence::certain},
           Expected{certificate_revoked, Cause::revoked_token, Confidence::certain},
           Expected{unknown_ca, Cause::invalid_credentials, Confidence::certain},
           Expected{bad_certificate, Cause::invalid_credentials, Confidence::certain},
           Expected{unsupported_certificate, Cause::invalid_credentials, Confidence::certain},
           Expected{certificate_unknown, Cause::invalid_credentials, Confidence::likely},
           Expected{handshake_failure, Cause::invalid_credentials, Confidence::likely},
           Expected{access_denied, Cause::insufficient_permissions, Confidence::certain},
           Expected{certificate_required, Cause::missing_credentials, Confidence::certain},
       }) {
    const Diagnosis found = of(alert, certificate_required != alert);
    EXPECT_EQ(found.cause, cause) << int{alert};
    EXPECT_EQ(found.confidence, confidence) << int{alert};
    EXPECT_EQ(found.refusal, Refusal::authentication);
    EXPECT_THAT(found.evidence, Contains(HasSubstr("client certificate"))) << int{alert};
    EXPECT_NE(found.advice, "");
  }
}

TEST(CertificateAlert, MayMeanThatNoneWasSent) {
  for (const Alert alert : {certificate_required, handshake_failure, bad_certificate, certificate_unknown}) {
    const Diagnosis found = of(alert, /*shown=*/false);
    EXPECT_EQ(found.cause, Cause::missing_credentials) << int{alert};
    EXPECT_THAT(found.evidence, Contains(HasSubstr("none was sent")));
  }
}

TEST(CertificateAlert, IsExplainedByTheCertificatesOwnTimes) {
  const CredentialFacts ended = ending_at(kAlertTime - 48h);
  for (const Alert alert : {bad_certificate, certificate_unknown, handshake_failure}) {
    const Diagnosis found = of(alert, true, ended);
    EXPECT_EQ(found.cause, Cause::expired_token) << int{alert};
    EXPECT_EQ(found.confidence, Confidence::likely);
    EXPECT_THAT(found.evidence, Contains("the credential expired 2 days ago"));
  }
  EXPECT_EQ(of(unknown_ca, true, ended).cause, Cause::invalid_credentials) << "the server's word counts more";
  EXPECT_EQ(of(certificate_expired, true, ending_at(kAlertTime + 48h)).cause, Cause::expired_token);
}

}  // namespace
}  // namespace authprobe::diagnosis
