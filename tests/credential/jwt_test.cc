#include "exporter/credential/jwt.h"

#include <gtest/gtest.h>

namespace authprobe::credential {
namespace {

using namespace std::chrono_literals;

// Parts made with: printf '%s' '{"alg":"HS256"}' | basenc --base64url | tr -d =
const std::string kHeader = "eyJhbGciOiJIUzI1NiJ9";

std::string token_with(const std::string& claims_base64url) {
  return kHeader + "." + claims_base64url + ".c2ln";
}

TEST(Jwt, ReadsItsTimes) {
  // {"iat":1795305600,"nbf":1795305601,"exp":1795309200.5}
  const auto times = read_jwt(token_with("eyJpYXQiOjE3OTUzMDU2MDAsIm5iZiI6MTc5NTMwNTYwMSwiZXhwIjoxNzk1MzA5MjAwLjV9"));
  ASSERT_TRUE(times);
  EXPECT_EQ(times->issued_at, WallTime(1795305600s));
  EXPECT_EQ(times->not_before, WallTime(1795305601s));
  EXPECT_EQ(times->expires_at, WallTime(1795309200s + 500ms));
}

TEST(Jwt, ReadsWhoIssuedItForWhomAndWithWhichKey) {
  // {"alg":"RS256","kid":"k1"}, {"iss":"https://i","aud":["a",7,"b"]}
  const auto claims =
      read_jwt("eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2kiLCJhdWQiOlsiYSIsNywiYiJdfQ.c2ln");
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->issuer, "https://i");
  EXPECT_EQ(claims->audiences, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(claims->algorithm, "RS256");
  EXPECT_EQ(claims->key_id, "k1");
  const auto other = read_jwt(token_with("eyJpc3MiOjcsImF1ZCI6ImEifQ"));  // {"iss":7,"aud":"a"}
  EXPECT_EQ(other->issuer, "");
  EXPECT_EQ(other->audiences, std::vector<std::string>{"a"});
  EXPECT_EQ(other->key_id, "");
}

TEST(Jwt, ReadsMilliseconds) {
  // {"iat":1795743832000,"exp":1798422232000}
  const auto times = read_jwt(token_with("eyJpYXQiOjE3OTU3NDM4MzIwMDAsImV4cCI6MTc5ODQyMjIzMjAwMH0"));
  EXPECT_EQ(times->issued_at, WallTime(1795743832s));
  EXPECT_EQ(times->expires_at, WallTime(1798422232s));
  // {"exp":1798422232000000}
  EXPECT_EQ(read_jwt(token_with("eyJleHAiOjE3OTg0MjIyMzIwMDAwMDB9"))->expires_at, WallTime(1798422232s));
}

TEST(Jwt, WithoutExpiryItHasNone) {
  const auto times = read_jwt(token_with("eyJzdWIiOiJhIn0"));  // {"sub":"a"}
  ASSERT_TRUE(times);
  EXPECT_FALSE(times->expires_at);
}

TEST(Jwt, ExpiryThatIsNoDateIsNone) {
  EXPECT_FALSE(read_jwt(token_with("eyJleHAiOiJzb29uIn0"))->expires_at);  // {"exp":"soon"}
  EXPECT_FALSE(read_jwt(token_with("eyJleHAiOjB9"))->expires_at);         // {"exp":0}
  EXPECT_FALSE(read_jwt(token_with("eyJleHAiOjFlMzAwfQ"))->expires_at);   // {"exp":1e300}
  EXPECT_FALSE(read_jwt(token_with("eyJleHAiOltdfQ"))->expires_at);       // {"exp":[]}
}

TEST(Jwt, OpaqueAndEncryptedTokensAreNone) {
  for (const char* token : {"", "opaque", "a.b.c", "..", "ghp_16C7e42F292c6912E7710c838347Ae178B4a", "v2.local.abc.def",
                            "eyJhbGciOiJSU0EtT0FFUCJ9.aaaa.bbbb.cccc.dddd" /* JWE */, "eyJhbGciOiJIUzI1NiJ9.!!!.c2ln",
                            "eyJhIjoxfQ.eyJleHAiOjF9.c2ln" /* no alg */}) {
    EXPECT_FALSE(read_jwt(token)) << token;
  }
  EXPECT_FALSE(read_jwt(std::string(1 << 20, 'A')));
}

}  // namespace
}  // namespace authprobe::credential
