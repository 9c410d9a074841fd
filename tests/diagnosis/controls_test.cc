#include "exporter/diagnosis/controls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace authprobe::diagnosis {
namespace {

using testing::Contains;
using testing::HasSubstr;

// A refusal, and what becomes of it under the controls.
class Case {
 public:
  Case(int status, Cause cause, Confidence confidence) {
    input.status = status;
    input.sent = SentCredential::bearer;
    diagnosis.refusal = Refusal::authentication;
    diagnosis.cause = cause;
    diagnosis.confidence = confidence;
    diagnosis.advice = "as before";
  }
  Case& weighed() {
    weigh(controls, around, input, diagnosis);
    return *this;
  }
  void expect(Cause cause, Confidence confidence, const std::string& evidence) const {
    EXPECT_EQ(to_string(diagnosis.cause), to_string(cause));
    EXPECT_EQ(to_string(diagnosis.confidence), to_string(confidence));
    EXPECT_THAT(diagnosis.evidence, Contains(HasSubstr(evidence)));
  }

  Input input;
  Diagnosis diagnosis;
  Controls controls;
  Surroundings around;
};

TEST(Controls, NothingAskedChangesNothing) {
  Case c(401, Cause::invalid_credentials, Confidence::guess);
  c.weighed();
  EXPECT_EQ(c.diagnosis.cause, Cause::invalid_credentials);
  EXPECT_TRUE(c.diagnosis.evidence.empty());
  EXPECT_EQ(c.diagnosis.advice, "as before");
}

TEST(Controls, AFreshTokenThatWorksMeansThatTheOldOneWasRevoked) {
  Case c(401, Cause::invalid_credentials, Confidence::likely);
  c.controls.fresh_token = ControlAnswer{.status = 200};
  c.weighed().expect(Cause::revoked_token, Confidence::certain, "fetched just now");
  EXPECT_NE(c.diagnosis.advice, "as before");
}

TEST(Controls, AFreshTokenThatIsRefusedTooIsNotTheTokensFault) {
  Case c(401, Cause::invalid_credentials, Confidence::likely);
  c.controls.fresh_token = ControlAnswer{.status = 401, .same_as_refusal = true};
  c.weighed().expect(Cause::insufficient_permissions, Confidence::guess, "answers 401");
}

TEST(Controls, TheNextCredentialWorksRotationIsHalfDone) {
  Case c(401, Cause::unknown, Confidence::guess);
  c.controls.next = ControlAnswer{.status = 204};
  c.weighed().expect(Cause::revoked_token, Confidence::likely, "next credential");
}

TEST(Controls, RefusedWith403WhereNobodyGets401MeansThatItIsKnown) {
  Case c(403, Cause::insufficient_permissions, Confidence::likely);
  c.controls.anonymous = ControlAnswer{.status = 401};
  c.weighed().expect(Cause::insufficient_permissions, Confidence::certain, "without the credential");
  Case unknown(403, Cause::unknown, Confidence::guess);
  unknown.controls.anonymous = ControlAnswer{.status = 401};
  unknown.weighed().expect(Cause::insufficient_permissions, Confidence::likely, "answers 401");
}

TEST(Controls, WhenEvenThePublicPageIsRefusedItIsTheAddress) {
  Case c(403, Cause::unknown, Confidence::guess);
  c.controls.anonymous = ControlAnswer{.status = 403, .same_as_refusal = true};
  c.controls.control_url = ControlAnswer{.status = 403};
  c.weighed().expect(Cause::ip_blocked, Confidence::likely, "the same way");
}

TEST(Controls, ThePublicPageIsDeadToo) {
  Case c(401, Cause::invalid_credentials, Confidence::likely);
  c.controls.control_url = ControlAnswer{.status = 0};
  c.weighed().expect(Cause::auth_service_down, Confidence::likely, "gives no answer");
}

TEST(Controls, OneBadNode) {
  Case c(401, Cause::invalid_credentials, Confidence::likely);
  c.controls.addresses = {{"192.0.2.1", 200}, {"192.0.2.2", 401}};
  c.weighed().expect(Cause::auth_service_down, Confidence::likely, "192.0.2.1 gets 200");
  EXPECT_THAT(c.diagnosis.evidence, Contains(HasSubstr("one node behind the balancer")));
}

TEST(Controls, AllNodesRefuseIsNoBadNode) {
  Case c(401, Cause::invalid_credentials, Confidence::likely);
  c.controls.addresses = {{"192.0.2.1", 401}};
  c.weighed().expect(Cause::invalid_credentials, Confidence::likely, "192.0.2.1 gets 401");
}

TEST(Controls, WhatIsCertainStays) {
  Case c(401, Cause::expired_token, Confidence::certain);
  c.controls.control_url = ControlAnswer{.status = 503};
  c.controls.next = ControlAnswer{.status = 200};
  c.controls.addresses = {{"192.0.2.1", 200}};
  c.around.host_credentials = c.around.host_credentials_refused = 3;
  c.weighed().expect(Cause::expired_token, Confidence::certain, "answers 503");
}

TEST(Surroundings, AllTargetsOfTheCredential) {
  Case c(401, Cause::invalid_credentials, Confidence::likely);
  c.around.credential_targets = c.around.credential_refused = 4;
  c.weighed().expect(Cause::invalid_credentials, Confidence::likely, "all 4 targets of this credential");
}

TEST(Surroundings, TheCredentialWorksElsewhere) {
  Case c(403, Cause::unknown, Confidence::guess);
  c.around.credential_targets = 4;
  c.around.credential_refused = 1;
  c.weighed().expect(Cause::insufficient_permissions, Confidence::likely, "works at 3 of its 4 targets");
}

TEST(Surroundings, AllCredentialsOfTheHostAtOnce) {
  Case c(401, Cause::invalid_credentials, Confidence::likely);
  c.around.host_credentials = c.around.host_credentials_refused = 3;
  c.weighed().expect(Cause::auth_service_down, Confidence::likely, "all 3 credentials");
  Case expired(401, Cause::expired_token, Confidence::likely);
  expired.around = c.around;
  expired.weighed().expect(Cause::expired_token, Confidence::likely, "all 3 credentials");
}

TEST(Surroundings, RefusedNowAndThen) {
  Case c(401, Cause::invalid_credentials, Confidence::guess);
  c.around.recent_probes = 16;
  c.around.recent_refusals = 3;
  c.around.recent_refusal_runs = 2;
  c.weighed().expect(Cause::invalid_credentials, Confidence::guess, "3 of the last 16");
  Case first(401, Cause::invalid_credentials, Confidence::guess);
  first.around = c.around;
  first.around.recent_refusal_runs = 1;
  EXPECT_TRUE(first.weighed().diagnosis.evidence.empty()) << "a change that stays is not intermittent";
}

}  // namespace
}  // namespace authprobe::diagnosis
