#include "exporter/diagnosis/challenge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
