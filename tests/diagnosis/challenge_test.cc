#include "exporter/diagnosis/challenge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/diagnosis/answer.h"

namespace authprobe::diagnosis {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(Challenge, OneSchemeWithParameters) {
  const auto challenges =
      parse_challenges(R"(Bearer realm="api", error="invalid_token", error_description="it \"expired\", sorry")");
  ASSERT_EQ(challenges.size(), 1u);
  EXPECT_EQ(challenges[0].scheme, "bearer");
  EXPECT_THAT(challenges[0].params, ElementsAre(Pair("realm", "api"), Pair("error", "invalid_token"),
                                                Pair("error_description", R"(it "expired", sorry)")));
}

TEST(Challenge, SeveralSchemesInOneLine) {
  const auto challenges =
      parse_challenges(R"(Basic, Bearer realm="x, Basic y", DPoP algs="ES256", Negotiate oRQwEqADCg==)");
  ASSERT_EQ(challenges.size(), 4u);
  EXPECT_EQ(challenges[0].scheme, "basic");
  EXPECT_EQ(challenges[1].param("realm"), "x, Basic y");
  EXPECT_EQ(challenges[2].scheme, "dpop");
  EXPECT_EQ(challenges[3].token68, "oRQwEqADCg==");
}

TEST(Challenge, SeveralHeaderLinesOfAnyCase) {
  const std::vector<Header> headers = {{"WWW-Authenticate", "basic"},
                                       {"Date", "x"},
                                       {"www-authenticate", "TOKEN"},
                                       {"Proxy-Authenticate", "Basic realm=p"}};
  const auto challenges = challenges_of(headers);
  ASSERT_EQ(challenges.size(), 3u);
  EXPECT_EQ(challenges[1].scheme, "token");
  EXPECT_EQ(challenges[2].param("realm"), "p");
}

TEST(Challenge, UnquotedValuesAndBlanksAroundEquals) {
  const auto challenges = parse_challenges("Digest realm = x,stale=TRUE ,  qop=\"auth\"");
  ASSERT_EQ(challenges.size(), 1u);
  EXPECT_EQ(challenges[0].param("realm"), "x");
  EXPECT_EQ(challenges[0].param("stale"), "TRUE");
  EXPECT_EQ(challenges[0].param("nonce"), "");
}

TEST(Challenge, AnOauthProblemNamesTheCause) {
  using enum Cause;
  const auto of = [](const std::string& problem) {
    return Answer(401)
        .header("WWW-Authenticate", "OAuth realm=\"https%3A%2F%2Fexample.com\", oauth_problem=\"" + problem + '"')
        .to(SentCredential::api_key)
        .diagnosed();
  };
  EXPECT_THAT(of("token_expired"), Means(expired_token, Confidence::certain));
  EXPECT_THAT(of("TOKEN_REVOKED"), Means(revoked_token, Confidence::certain));
  EXPECT_THAT(of("signature_invalid"), Means(invalid_credentials, Confidence::certain));
  EXPECT_THAT(of("timestamp_refused"), Means(clock_skew, Confidence::certain));
  EXPECT_THAT(of("token_rejected"), Means(invalid_credentials, Confidence::likely));
  for (const char* problem :
       {"version_rejected", "parameter_absent", "parameter_rejected", "nonce_used", "signature_method_rejected"}) {
    EXPECT_EQ(of(problem).cause, malformed_credentials) << problem;
  }
  for (const char* problem : {"consumer_key_unknown", "token_used", "token_not_renewable"}) {
    EXPECT_EQ(of(problem).cause, invalid_credentials) << problem;
  }
  for (const char* problem : {"permission_unknown", "permission_denied", "user_refused"}) {
    EXPECT_EQ(of(problem).cause, insufficient_permissions) << problem;
  }
  EXPECT_EQ(of("consumer_key_rejected").cause, resource_disabled);
  EXPECT_EQ(of("consumer_key_refused").cause, rate_limited);
  EXPECT_EQ(of("additional_authorization_required").cause, insufficient_scope);
  EXPECT_THAT(of("something_new"), Means(invalid_credentials, Confidence::guess));
}

TEST(Challenge, WhatDoesNotParseIsSkipped) {
  EXPECT_TRUE(parse_challenges("").empty());
  EXPECT_TRUE(parse_challenges(",,, ;;; \"").empty());
  EXPECT_TRUE(parse_challenges("error=\"no scheme\"").empty());
  EXPECT_EQ(parse_challenges("Bearer error=\"never ends").front().param("error"), "never ends");
}

TEST(Challenge, ManyAreBounded) {
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "S" + std::to_string(i) + " a=b, c=d, ";
  EXPECT_EQ(parse_challenges(many).size(), 16u);
  std::string params = "Bearer ";
  for (int i = 0; i < 10'000; ++i) params += "p" + std::to_string(i) + "=v,";
  EXPECT_EQ(parse_challenges(params).front().params.size(), 32u);
}

}  // namespace
}  // namespace authprobe::diagnosis
