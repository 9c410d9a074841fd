#include "exporter/diagnosis/controls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace authprobe::diagnosis {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// A refusal, and what becomes of it under the controls.
class Controlled {
 public:
  Controlled(int status, Cause cause, Confidence confidence) {
    input.status = status;
    input.sent = SentCredential::bearer;
    diagnosis.refusal = Refusal::authentication;
    diagnosis.cause = cause;
    diagnosis.confidence = confidence;
    diagnosis.advice = "as before";
  }
  Controlled& refined() {
    apply_controls(controls, fleet, input, diagnosis);
    return *this;
  }
  void expect(Cause cause, Confidence confidence, const std::string& evidence) const {
    EXPECT_EQ(to_string(diagnosis.cause), to_string(cause));
    EXPECT_EQ(to_string(diagnosis.confidence), to_string(confidence));
    EXPECT_THAT(diagnosis.evidence, Contains(HasSubstr(evidence)));
  }

  Input input;
  Diagnosis diagnosis;
  ControlResults controls;
  FleetContext fleet;
};

TEST(Controls, NothingAskedChangesNothing) {
  Controlled c(401, Cause::invalid_credentials, Confidence::guess);
  c.refined();
  EXPECT_EQ(c.diagnosis.cause, Cause::invalid_credentials);
  EXPECT_TRUE(c.diagnosis.evidence.empty());
  EXPECT_EQ(c.diagnosis.advice, "as before");
}

TEST(Controls, AFreshTokenThatWorksMeansThatTheOldOneWasRevoked) {
  Controlled c(401, Cause::invalid_credentials, Confidence::likely);
  c.controls.fresh_token = ControlResult{.status = 200};
  c.refined().expect(Cause::revoked_token, Confidence::certain, "with a new token");
  EXPECT_NE(c.diagnosis.advice, "as before");
}

TEST(Controls, AFreshTokenThatIsRefusedTooIsNotTheTokensFault) {
  Controlled c(401, Cause::invalid_credentials, Confidence::likely);
  c.controls.fresh_token = ControlResult{.status = 401, .same_as_refusal = true};
  c.refined().expect(Cause::insufficient_permissions, Confidence::guess, "answers 401");
}

TEST(Controls, TheNextCredentialWorksRotationIsHalfDone) {
  Controlled c(401, Cause::unknown, Confidence::guess);
  c.fleet.next = ControlResult{.status = 204};
  c.refined().expect(Cause::revoked_token, Confidence::likely, "next credential");
}

TEST(Controls, RefusedWith403WhereNobodyGets401MeansThatItIsKnown) {
  Controlled c(403, Cause::insufficient_permissions, Confidence::likely);
  c.controls.anonymous = ControlResult{.status = 401};
  c.refined().expect(Cause::insufficient_permissions, Confidence::certain, "without the credential");
  Controlled unknown(403, Cause::unknown, Confidence::guess);
  unknown.controls.anonymous = ControlResult{.status = 401};
  unknown.refined().expect(Cause::insufficient_permissions, Confidence::likely, "answers 401");
}

TEST(Controls, WhenEvenThePublicPageIsRefusedItIsTheAddress) {
  Controlled c(403, Cause::unknown, Confidence::guess);
  c.controls.anonymous = ControlResult{.status = 403, .same_as_refusal = true};
  c.controls.control_url = ControlResult{.status = 403};
  c.refined().expect(Cause::ip_blocked, Confidence::likely, "the same answer");
}

TEST(Controls, ThePublicPageIsDeadToo) {
  Controlled c(401, Cause::invalid_credentials, Confidence::likely);
  c.controls.control_url = ControlResult{.status = 0};
  c.refined().expect(Cause::auth_service_down, Confidence::likely, "gives no answer");
}

TEST(Controls, OneBadNode) {
  Controlled c(401, Cause::invalid_credentials, Confidence::likely);
  c.controls.addresses = {{"192.0.2.1", 200}, {"192.0.2.2", 401}};
  c.refined().expect(Cause::auth_service_down, Confidence::likely, "192.0.2.1 gets 200");
  EXPECT_THAT(c.diagnosis.evidence, Contains(HasSubstr("one node behind the balancer")));
}

TEST(Controls, AllNodesRefuseIsNoBadNode) {
  Controlled c(401, Cause::invalid_credentials, Confidence::likely);
  c.controls.addresses = {{"192.0.2.1", 401}};
  c.refined().expect(Cause::invalid_credentials, Confidence::likely, "192.0.2.1 gets 401");
}

TEST(Controls, WhatIsCertainStays) {
  Controlled c(401, Cause::expired_token, Confidence::certain);
  c.controls.control_url = ControlResult{.status = 503};
  c.fleet.next = ControlResult{.status = 200};
  c.controls.addresses = {{"192.0.2.1", 200}};
  c.fleet.host_credentials = c.fleet.host_credentials_refused = 3;
  c.refined().expect(Cause::expired_token, Confidence::certain, "answers 503");
}

TEST(FleetContext, AllTargetsOfTheCredential) {
  Controlled c(401, Cause::invalid_credentials, Confidence::likely);
  c.fleet.credential_targets = c.fleet.credential_refused = 4;
  c.refined().expect(Cause::invalid_credentials, Confidence::likely, "all 4 targets of this credential");
}

TEST(FleetContext, EvidenceDoesNotContradictTheCause) {
  for (const Cause cause : {Cause::waf_blocked, Cause::ip_blocked, Cause::auth_service_down}) {
    Controlled c(403, cause, Confidence::certain);
    c.fleet.credential_targets = c.fleet.credential_refused = 3;
    for (const std::string& line : c.refined().diagnosis.evidence) EXPECT_THAT(line, Not(HasSubstr("the cause")));
  }
}

TEST(FleetContext, TheCredentialWorksElsewhere) {
  Controlled c(403, Cause::unknown, Confidence::guess);
  c.fleet.credential_targets = 4;
  c.fleet.credential_refused = 1;
  c.fleet.credential_fine = 2;
  c.refined().expect(Cause::insufficient_permissions, Confidence::likely, "works at 2 of its 4 targets");
}

TEST(FleetContext, WhatTheOthersWereBeforeSaysNothing) {
  Controlled c(403, Cause::unknown, Confidence::guess);
  c.fleet.credential_targets = 10'000;
  c.fleet.credential_refused = 1;
  c.refined().expect(Cause::unknown, Confidence::guess, "so far 1 of the 10000 targets");
}

TEST(FleetContext, AllCredentialsOfTheHostAtOnce) {
  Controlled c(401, Cause::invalid_credentials, Confidence::likely);
  c.fleet.host_credentials = c.fleet.host_credentials_refused = 3;
  c.refined().expect(Cause::invalid_credentials, Confidence::likely, "none has been let in there so far");
  c.fleet.host_let_in = true;
  c.refined().expect(Cause::auth_service_down, Confidence::likely, "all 3 credentials");
  Controlled says_nothing(401, Cause::unknown, Confidence::guess);
  says_nothing.fleet = c.fleet;
  says_nothing.fleet.host_let_in = false;
  says_nothing.refined().expect(Cause::auth_service_down, Confidence::guess, "none has been let in there so far");
  Controlled expired(401, Cause::expired_token, Confidence::likely);
  expired.fleet = c.fleet;
  expired.refined().expect(Cause::expired_token, Confidence::likely, "all 3 credentials");
}

TEST(FleetContext, RefusedNowAndThen) {
  Controlled c(401, Cause::invalid_credentials, Confidence::guess);
  c.fleet.recent_probes = 16;
  c.fleet.recent_refusals = 3;
  c.fleet.recent_refusal_runs = 2;
  c.refined().expect(Cause::invalid_credentials, Confidence::guess, "3 of the last 16");
  Controlled first(401, Cause::invalid_credentials, Confidence::guess);
  first.fleet = c.fleet;
  first.fleet.recent_refusal_runs = 1;
  EXPECT_TRUE(first.refined().diagnosis.evidence.empty()) << "a change that stays is not intermittent";
}

TokenReport with_health(int status) {
  TokenReport report;
  report.about_token = false;
  report.health = HealthAnswer{status, "Connection refused", {}};
  return report;
}

// A server's failure that its own answer does not explain.
TEST(Controls, AFailureBesideAFailingAuthServiceIsItsFault) {
  Controlled c(500, Cause::unknown, Confidence::guess);
  c.fleet.token = std::make_shared<TokenReport>(with_health(503));
  c.refined().expect(Cause::auth_service_down, Confidence::likely, "health page of the auth service answers 503");
  EXPECT_NE(c.diagnosis.advice, "as before");
}

TEST(Controls, AFailureBesideASilentAuthServiceIsAGuess) {
  Controlled c(500, Cause::unknown, Confidence::guess);
  c.fleet.token = std::make_shared<TokenReport>(with_health(0));
  c.refined().expect(Cause::auth_service_down, Confidence::guess, "does not answer: Connection refused");
}

TEST(Controls, AFailureOfTheWholeServerOrOfOneNodeLeavesDoubt) {
  Controlled all(500, Cause::unknown, Confidence::guess);
  all.fleet.token = std::make_shared<TokenReport>(with_health(503));
  all.controls.control_url = ControlResult{.status = 502};
  all.refined().expect(Cause::auth_service_down, Confidence::guess, "control URL answers 502");
  Controlled node(500, Cause::unknown, Confidence::guess);
  node.fleet.token = std::make_shared<TokenReport>(with_health(503));
  node.controls.addresses = {{"192.0.2.2", 200}};
  node.refined().expect(Cause::auth_service_down, Confidence::guess, "gets 200");
}

TEST(Controls, AFailureSaysNothingOfTheCredential) {
  Controlled c(500, Cause::unknown, Confidence::guess);
  c.fleet.credential_targets = c.fleet.credential_refused = 3;
  c.fleet.next = ControlResult{.status = 200};
  c.controls.anonymous = ControlResult{.status = 200};
  TokenReport report = with_health(200);
  report.about_token = true;
  report.algorithm = "none";
  c.fleet.token = std::make_shared<TokenReport>(report);
  c.refined().expect(Cause::unknown, Confidence::guess, "auth service answers 200");
}

}  // namespace
}  // namespace authprobe::diagnosis
