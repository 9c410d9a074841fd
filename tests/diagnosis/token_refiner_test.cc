// What a JWT, its issuer's answers and the API's own description make of a bare 401.
#include "exporter/diagnosis/token_refiner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/diagnosis/controls.h"

namespace authprobe::diagnosis {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using State = IssuerAnswer::State;

const WallTime kRefusedAt{1'800'000'000s};

// A token that fits in every respect, refused with a bare 401 all the same.
class TokenReports : public testing::Test {
 protected:
  TokenReports() {
    input.status = 401;
    input.sent = SentCredential::bearer;
    input.now = kRefusedAt;
    input.credential.expires_at = kRefusedAt + 1h;
    token.issuer = "https://idp";
    token.audiences = {"https://api"};
    token.algorithm = "RS256";
    token.key_id = "k1";
    token.loaded_at = kRefusedAt - 1h;
    token.answer = IssuerAnswer{State::keys_read, "its keys", "", 2};
    token.key = KeyFit::verifies;
  }

  void refine() {
    diagnosis.refusal = Refusal::authentication;
    diagnosis.cause = cause;
    diagnosis.confidence = confidence;
    ControlResults results;
    results.resource = api;
    results.server_ahead = server_ahead;
    FleetContext fleet;
    fleet.token = std::make_shared<TokenReport>(token);
    apply_controls(results, fleet, input, diagnosis);
  }

  void expect(Cause expected, Confidence sure, const std::string& evidence) {
    refine();
    EXPECT_EQ(to_string(diagnosis.cause), to_string(expected));
    EXPECT_EQ(to_string(diagnosis.confidence), to_string(sure));
    EXPECT_THAT(diagnosis.evidence, Contains(HasSubstr(evidence)));
  }

  Input input;
  TokenReport token;
  std::optional<ResourceReport> api;
  std::optional<std::chrono::seconds> server_ahead;
  Cause cause = Cause::invalid_credentials;
  Confidence confidence = Confidence::guess;
  Diagnosis diagnosis;
};

TEST_F(TokenReports, ATokenThatFitsLeavesTheCauseAsItWas) {
  expect(Cause::invalid_credentials, Confidence::guess, "verifies with the issuer's key \"k1\"");
  EXPECT_EQ(diagnosis.advice, "");
}

TEST_F(TokenReports, OneThatWorkedBeforeMayBeRevoked) {
  input.last_good = kRefusedAt - 1min;
  expect(Cause::revoked_token, Confidence::guess, "has accepted this token before");
}

TEST_F(TokenReports, UnlessItsIssuerSaysThatItIsNot) {
  input.last_good = kRefusedAt - 1min;
  input.credential.active = true;
  expect(Cause::invalid_credentials, Confidence::guess, "verifies");
}

TEST_F(TokenReports, AKeyThatIsGoneIsNamed) {
  token.key = KeyFit::absent;
  expect(Cause::invalid_credentials, Confidence::likely,
         "\"k1\" that signed the token is not among the issuer's 2 keys");
  EXPECT_THAT(diagnosis.advice, HasSubstr("fetch a new token"));
}

TEST_F(TokenReports, ASignatureThatFailsAndAnAlgorithmThatDoesNotFit) {
  token.key = KeyFit::fails;
  expect(Cause::invalid_credentials, Confidence::likely, "does not verify with the issuer's key \"k1\"");
  diagnosis = {};
  token.key = KeyFit::wrong_type;
  token.algorithm = "HS256";
  expect(Cause::invalid_credentials, Confidence::likely, "alg is \"HS256\"");
}

TEST_F(TokenReports, WithoutASignatureNobodyNeedsToBeAsked) {
  token.algorithm = "None";
  token.answer.reset();
  token.key = KeyFit::unknown;
  expect(Cause::invalid_credentials, Confidence::likely, "not signed");
}

TEST_F(TokenReports, AnIssuerThatFailsIsLikelyTheCauseAndOneThatIsSilentMayBe) {
  token.key = KeyFit::unknown;
  token.answer = IssuerAnswer{State::failing, "its keys", "503"};
  expect(Cause::auth_service_down, Confidence::likely, "asked for its keys, answers 503");
  diagnosis = {};
  token.answer = IssuerAnswer{State::silent, "its metadata", "Connection refused"};
  expect(Cause::auth_service_down, Confidence::guess, "does not answer: Connection refused");
  diagnosis = {};
  token.answer = IssuerAnswer{State::no_metadata, "its metadata", "404"};
  expect(Cause::invalid_credentials, Confidence::guess, "answers 404");
}

TEST_F(TokenReports, AForbiddenCallerWasChecked) {
  input.status = 403;
  cause = Cause::insufficient_permissions;
  token.answer = IssuerAnswer{State::failing, "its keys", "503"};
  expect(Cause::insufficient_permissions, Confidence::guess, "answers 503");
}

TEST_F(TokenReports, AnotherIssuerThanTheConfiguredOne) {
  token.issuer = "https://staging";
  token.expected_issuer = "https://idp/";
  token.answer.reset();
  expect(Cause::invalid_credentials, Confidence::likely, "issuer is \"https://staging\", but token_issuer is");
}

TEST_F(TokenReports, ASlashAtTheEndIsNoDifference) {
  token.expected_issuer = "https://idp/";
  api = ResourceReport{"", "https://api/", {"https://idp/"}};
  refine();
  EXPECT_THAT(diagnosis.evidence, Not(Contains(HasSubstr("but"))));
}

TEST_F(TokenReports, TheApiSaysWhomItTrustsAndWhoItIs) {
  api = ResourceReport{"", "https://api", {"https://a", "https://b"}};
  expect(Cause::invalid_credentials, Confidence::likely, "but the API trusts \"https://a\", \"https://b\"");
  diagnosis = {};
  api = ResourceReport{"", "https://other", {"https://idp"}};
  expect(Cause::invalid_credentials, Confidence::likely,
         "audience is \"https://api\", but the API is \"https://other\"");
  diagnosis = {};
  api = ResourceReport{"", "https://api/v1", {}};
  expect(Cause::invalid_credentials, Confidence::guess, "but the API is \"https://api/v1\"");
}

TEST_F(TokenReports, WhatTheServerHasAcceptedBeforeDoesNotExplainARefusal) {
  input.last_good = kRefusedAt - 1min;
  api = ResourceReport{"", "https://other", {"https://a"}};
  token.key = KeyFit::unknown;
  expect(Cause::invalid_credentials, Confidence::guess, "but the server has accepted this token before");
}

TEST_F(TokenReports, WhatIsKnownBetterStays) {
  cause = Cause::expired_token;
  confidence = Confidence::likely;
  token.key = KeyFit::absent;
  expect(Cause::expired_token, Confidence::likely, "not among");
  diagnosis = {};
  cause = Cause::ip_blocked;
  confidence = Confidence::certain;
  expect(Cause::ip_blocked, Confidence::certain, "not among");
  EXPECT_THAT(diagnosis.advice, IsEmpty());
}

TEST_F(TokenReports, TwoClocksThatAgreeTellWhichOneIsWrong) {
  token.answer->ahead = 3s;
  server_ahead = 3600s;
  expect(Cause::invalid_credentials, Confidence::guess, "agrees with ours: the server's is wrong");
  diagnosis = {};
  server_ahead = -600s;
  token.answer->ahead = -590s;
  cause = Cause::expired_token;
  confidence = Confidence::likely;
  input.credential.expires_at = kRefusedAt - 5min;
  expect(Cause::invalid_credentials, Confidence::guess, "by both of their clocks the token is valid now");
  diagnosis = {};
  input.credential.expires_at = kRefusedAt - 11min;
  expect(Cause::expired_token, Confidence::likely, "ours is wrong");
}

TEST_F(TokenReports, AnIssuerWhoseClockEndsTheToken) {
  token.answer->ahead = 2h;
  server_ahead = 0s;
  expect(Cause::clock_skew, Confidence::guess, "the issuer's clock is 120 min ahead of ours");
  diagnosis = {};
  cause = Cause::revoked_token;  // as introspection called it
  confidence = Confidence::likely;
  expect(Cause::clock_skew, Confidence::guess, "by the issuer's clock the token has expired already");
}

TEST_F(TokenReports, ASecretThatIsNoJwt) {
  token = {};
  token.is_jwt = false;
  expect(Cause::malformed_credentials, Confidence::guess, "not a JWT");
}

TEST_F(TokenReports, ForeignTextIsShownWithoutWhatCouldDisguiseIt) {
  token.key_id = "a\n\"b\x1b[31m" + std::string(500, 'c');
  token.key = KeyFit::absent;
  refine();
  for (const std::string& line : diagnosis.evidence) {
    EXPECT_EQ(line.find_first_of("\n\x1b"), std::string::npos);
    EXPECT_LT(line.size(), 300U);
  }
}

}  // namespace
}  // namespace authprobe::diagnosis
