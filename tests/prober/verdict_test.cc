#include "exporter/prober/verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/rules.h"

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using diagnosis::Cause;
using diagnosis::SentCredential;
using testing::HasSubstr;

constexpr WallTime kAnsweredAt{1'795'305'600s};

http::Response answer_of(int status, std::vector<std::pair<std::string, std::string>> headers = {},
                         std::string body = {}) {
  http::Response response;
  response.status = status;
  response.headers = std::move(headers);
  response.body_bytes = body.size();
  response.body = std::move(body);
  return response;
}

Verdict judged(const http::Response& response, std::vector<config::StatusRange> expected = {{200, 299}}) {
  config::Expectation expectation;
  expectation.status = std::move(expected);
  const Checks checks(std::make_shared<const config::Expectation>(expectation));
  ProbeContext context;
  context.sent = SentCredential::bearer;
  context.rules = test::rules().get();
  return judge(checks, response, context, kAnsweredAt);
}

TEST(Verdict, AnExpectedAnswerIsOk) {
  const Verdict verdict = judged(answer_of(200, {}, R"({"id":1})"));
  EXPECT_EQ(state_of(verdict.outcome), State::ok);
  EXPECT_FALSE(verdict.refusal);
  EXPECT_EQ(verdict.detail, "");
}

TEST(Verdict, AnUnexpected401IsDiagnosed) {
  const Verdict verdict = judged(
      answer_of(401, {{"WWW-Authenticate", R"(Bearer error="invalid_token", error_description="The token expired")"}}));
  EXPECT_EQ(state_of(verdict.outcome), State::unauthorized);
  ASSERT_TRUE(verdict.refusal);
  EXPECT_EQ(verdict.refusal->cause, Cause::expired_token);
}

http::Response refused_in_tls(std::uint8_t alert, bool shown) {
  http::Response response;
  response.error = http::TransportError::tls;
  response.error_detail = "the server refused our client certificate";
  response.certificate_refusal = {alert, shown};
  return response;
}

TEST(Verdict, ACertificateThatTlsRefusesIsUnauthorized) {
  const Verdict verdict = judged(refused_in_tls(45, true));
  EXPECT_EQ(state_of(verdict.outcome), State::unauthorized);
  EXPECT_EQ(verdict.detail, "the server refused our client certificate");
  ASSERT_TRUE(verdict.refusal);
  EXPECT_EQ(verdict.refusal->cause, Cause::expired_token);
  EXPECT_EQ(verdict.refusal->confidence, diagnosis::Confidence::certain);
}

TEST(Verdict, AnotherTlsFailureIsUnreachable) {
  http::Response response;
  response.error = http::TransportError::tls;
  response.error_detail = "certificate has expired";
  const Verdict verdict = judged(response);
  EXPECT_EQ(state_of(verdict.outcome), State::unreachable);
  EXPECT_FALSE(verdict.refusal);
}

TEST(Verdict, AProxyThatOpensNoTunnelHasSeenNoCredential) {
  http::Response response = answer_of(407, {{"Proxy-Authenticate", R"(Basic realm="corp")"}});
  response.from_proxy = true;
  Verdict verdict = judged(response);
  ASSERT_TRUE(verdict.refusal);
  EXPECT_EQ(verdict.refusal->cause, Cause::missing_credentials);
  EXPECT_THAT(verdict.refusal->evidence, testing::Contains("a proxy in between requires a credential of its own"));
  EXPECT_THAT(verdict.refusal->evidence, testing::Contains(HasSubstr("no request reached the server")));
  EXPECT_EQ(verdict.detail, "the proxy's status 407 was not expected");
  response.status = 403;
  verdict = judged(response);
  ASSERT_TRUE(verdict.refusal);
  EXPECT_EQ(verdict.refusal->cause, Cause::waf_blocked) << "not the credential's rights";
  EXPECT_EQ(verdict.refusal->confidence, diagnosis::Confidence::likely);
  EXPECT_THAT(verdict.refusal->advice, HasSubstr("do not change the credential"));
  EXPECT_EQ(state_of(verdict.outcome), State::forbidden);
}

http::Response from_another_origin(int status, wire::Headers headers = {}) {
  http::Response response = answer_of(status, std::move(headers));
  response.redirects = {{302, "https://other.example/after", false}};
  return response;
}

TEST(Verdict, AnotherOriginThatRefusesHasSeenNoCredential) {
  for (const int status : {401, 403}) {
    const Verdict verdict = judged(from_another_origin(status));
    ASSERT_TRUE(verdict.refusal);
    EXPECT_EQ(verdict.refusal->cause, Cause::missing_credentials);
    EXPECT_EQ(verdict.refusal->confidence, diagnosis::Confidence::likely);
    EXPECT_THAT(verdict.refusal->evidence, testing::Contains("redirected to https://other.example/after, another "
                                                             "origin, to which the credential is not sent"));
    EXPECT_THAT(verdict.refusal->advice, testing::StartsWith("Put https://other.example/after into the target"));
    EXPECT_FALSE(verdict.judges_credential);
    EXPECT_EQ(verdict.detail, "status " + std::to_string(status) +
                                  " of https://other.example/after was not expected (1 redirect followed)");
  }
}

TEST(Verdict, AFirewallOfAnotherOriginStaysAFirewall) {
  const Verdict verdict = judged(from_another_origin(403, {{"cf-mitigated", "challenge"}}));
  ASSERT_TRUE(verdict.refusal);
  EXPECT_EQ(verdict.refusal->cause, Cause::waf_blocked);
  EXPECT_FALSE(verdict.judges_credential);
}

TEST(Verdict, ALoginAtAnotherOriginIsTheFirstOnesWordOnTheCredential) {
  http::Response response = from_another_origin(200, {{"Content-Type", "text/html"}});
  response.body =
      R"(<title>Sign in</title><form action=/login method=post><input type="password" name=password></form>)";
  const Verdict verdict = judged(response);
  ASSERT_TRUE(verdict.refusal);
  EXPECT_EQ(verdict.refusal->cause, Cause::invalid_credentials);
  EXPECT_EQ(state_of(verdict.outcome), State::unauthorized);
  EXPECT_TRUE(verdict.judges_credential);
}

TEST(Verdict, ARefusalThatTellsNothingStillHasACause) {
  for (const int status : {401, 403, 429}) {
    const Verdict verdict = judged(answer_of(status));
    ASSERT_TRUE(verdict.refusal) << status;
    EXPECT_NE(verdict.refusal->refusal, diagnosis::Refusal::none) << status;
  }
}

TEST(Verdict, AnExpectedRefusalIsNotDiagnosed) {
  const Verdict verdict = judged(answer_of(401, {{"WWW-Authenticate", "Bearer"}}), {{401, 401}});
  EXPECT_EQ(state_of(verdict.outcome), State::ok);
  EXPECT_FALSE(verdict.refusal);
}

TEST(Verdict, BeingLetInWhereARefusalIsExpectedSaysSo) {
  const Verdict verdict = judged(answer_of(200), {{401, 401}});
  EXPECT_EQ(state_of(verdict.outcome), State::exposed);
  EXPECT_THAT(verdict.detail, HasSubstr("the server accepted the request"));
}

TEST(Verdict, APlainServerErrorIsNoRefusal) {
  const Verdict verdict = judged(answer_of(500, {}, "Internal Server Error"));
  EXPECT_EQ(state_of(verdict.outcome), State::unexpected);
  EXPECT_FALSE(verdict.refusal);
  EXPECT_EQ(verdict.detail, "status 500 was not expected");
}

TEST(Verdict, NoAnswerTellsWhy) {
  http::Response response;
  response.error = http::TransportError::connect;
  response.error_detail = "connection refused";
  const Verdict verdict = judged(response);
  EXPECT_EQ(state_of(verdict.outcome), State::unreachable);
  EXPECT_EQ(verdict.detail, "connection refused");
}

TEST(Verdict, AnAnswerThatBrokeOffIsNotOk) {
  http::Response response = answer_of(200);
  response.error = http::TransportError::too_large;
  response.error_detail = "over 1 MiB";
  const Verdict verdict = judged(response);
  EXPECT_EQ(state_of(verdict.outcome), State::unexpected);
  EXPECT_THAT(verdict.detail, HasSubstr("broke off: over 1 MiB"));
}

TEST(Verdict, NothingSentIsItsOwnState) {
  const Verdict verdict = credential_unavailable("file /run/secrets/x: No such file or directory");
  EXPECT_EQ(state_of(verdict.outcome), State::credential_unavailable);
  EXPECT_THAT(verdict.detail, HasSubstr("/run/secrets/x"));
}

}  // namespace
}  // namespace authprobe::prober
