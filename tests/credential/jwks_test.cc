// The keys and the tokens were made with Python's package `cryptography`, so that not both ends are ours.
#include "exporter/credential/jwks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace authprobe::credential {
namespace {

constexpr std::string_view kKeys = R"({"keys":[
  {"kty":"RSA","kid":"r","use":"sig","alg":"RS256","e":"AQAB","n":"whZhsSc6WnDek35gKclG258MbMhIyjmSv85rmehXYIB2H3ANGLpxSEHNe4ToxLNDKdR2gPmDajh_rzRkUuRbXYubgsg11bkcr4swwI8qc7cnuk7wLsn8QFh2t2Z1k3SoQEcE6EP1sFlCK8WHVDev4iAqToSlkfJENg9s8DTHAZpiI_arwTRJbSaEUXdJIceiUddosVHFIPhj9KdtBfqa_dhWHnV5W8z2t0nEUPOYFAhCW1DMyAPIaC-mzEM82LjXLmH9AVzmbtsBDogJGNNJScrjPXiVxQ3az3JDf80BUzazCIMsDYioPwkcEHOU7njuPjQ9W587JGTC2ImTUFj84w"},
  {"kty":"EC","kid":"e","crv":"P-256","x":"JtAFiI3fI1A9oaN_ILbwHA01t7vzi65d5yuSG2I9F-E","y":"K5G7kUjsAUdJok0Q-clRSK3Ru5vsVeglV-2pWkVVMlY"},
  {"kty":"EC","kid":"e3","crv":"P-384","x":"ydPm4ktT9NMw1aKactSAiUkSncufCtLa_AYOzDRxDkI4bO8uEgdSpAUFj9Z5l-lK","y":"uS8uyFb_OcBhs1D8AqcKnEaK1fP8gB7mBV5siUEGSsisURZ8D6-ye8GnaB6dNPWm"},
  {"kty":"OKP","kid":"o","crv":"Ed25519","x":"PCf7NPmF99uOfZl3eaWGrd1Vol9SnNGzOQ0ZJ9Mx_z4"}]})";

// Header {"alg":...}, claims {"sub":"a"}.
const std::string kRs256 =
    "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.PBOekaLnaYuiFKaH1BQHhypL2aqdn7NU2yanOUYBmoJGg88hFAcyPhg_mkL3pc1Mr5fwUqT7dHii9"
    "5ndgzYPxwz1tR6WjBId4SEGjkdshy5l6mYjZqvj5kI0QdrxCPmQrQbGDsuMVujizrLaCe60pEl-g0MtJyQB5Rusmc5TkHX2pmTzUgEi5IVHNQwo-QI"
    "OGGIQjhL5kax7qFtHjJ_PKxEeFWhT6bxFtPcuiiwxYocy_7UKi3sB-xIEcpv74mdhZ9lTaiNBAoHPrQWh0WKcKOQKfgXzPt_"
    "PIhcQo89uH6BQ1WZdFP"
    "5VVRDtIHG_bgvD4rzgvgo0CxfbwucNGY2KqA";
const std::string kPs384 =
    "eyJhbGciOiJQUzM4NCJ9.eyJzdWIiOiJhIn0.LVpyvtcJQc9Mf8gi_kxGpRQLRuFr9waxDs6UvVVvFEdre1gyyV3-XaHgi4o07T7w11ICPWflDWTTs"
    "obKLqQoiZdFJ-8XAdWHp2w2vZvLkIuoRFTlTrdSsDem0B3AMkq6heI0nw9MVtqom0PVLZByFNaTh7dWjnSNvz_sUyogTeiZhK_rag9eJfVRK0YqpUg"
    "Uv0G6maKd14g4DDlkO2SKOWoarmjf_t44PNI-b-Cb2jkW5JpkTHoar-niMdyXZc5bEBHwZSkc7cNtuj4YClGROPyHGos4vFoqtfe-"
    "BAA7KKmKZQX7W8"
    "5rUb6X5OPSLB_V9lDwfXZwuNgrN9_oCNs0MA";
const std::string kEs256 =
    "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJhIn0.MedhdSLA0yRN7K-vfMCg0kDFFlWbBfLVJvazceAb2gX4sXDAYLh7lVSuw6iusAsk4xmqfYbVUN9bs"
    "fayzCqq9Q";
const std::string kEs384 =
    "eyJhbGciOiJFUzM4NCJ9.eyJzdWIiOiJhIn0.aEWFFa5AJa1zSbgSZfqTkbmL-KulpzHMC9DFTKoBezirnWd1dZ9j777UID0lJSS5_eCfD8TGxiOeB"
    "_zyafyb6Xp6NkPPiEy0ZCqN_BYWgZw5-ZQO9QCuw1kMf5roQKy1";
const std::string kEdDsa =
    "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.UIoxaVP-iik8FJQodvQrqAWch9f0lAFXY7xwnoRlCY24iR9nXZgAsfX3sJ8eyHZAGctUPP_o8bhvs"
    "AnqKV4KDQ";

SignatureCheck check(const std::string& token, std::string_view algorithm, std::size_t key) {
  return check_signature(token, algorithm, read_key_set(kKeys)->at(key));
}

TEST(KeySet, IsReadFromItsDocument) {
  const auto keys = read_key_set(kKeys);
  ASSERT_TRUE(keys);
  ASSERT_EQ(keys->size(), 4U);
  EXPECT_EQ((*keys)[0].id, "r");
  EXPECT_EQ((*keys)[0].type, "RSA");
  EXPECT_EQ((*keys)[0].algorithm, "RS256");
  for (const JsonWebKey& key : *keys) EXPECT_TRUE(key.key && key.signs) << key.id;
}

TEST(KeySet, OtherDocumentsAreNone) {
  for (const char* text : {"", "<html>", "{}", "[]", R"({"keys":{}})", R"({"keys":"x"})", R"({"keys":[)"}) {
    EXPECT_FALSE(read_key_set(text)) << text;
  }
  EXPECT_TRUE(read_key_set(R"({"keys":[]})")->empty());
}

TEST(KeySet, KeysThatCannotBeUsedAreThereWithoutAKey) {
  const auto keys = read_key_set(
      R"({"keys":[7,{"kid":"a"},{"kty":"RSA","kid":"b","n":"!","e":"AQAB"},{"kty":"EC","kid":"c","crv":"P-256","x":"AA","y":"AA"},
          {"kty":"OKP","kid":"d","crv":"X25519","x":"AA"},{"kty":"oct","kid":"e","k":"AA"},{"kty":"RSA","use":"enc"}]})");
  ASSERT_EQ(keys->size(), 6U);
  for (const JsonWebKey& key : *keys) EXPECT_FALSE(key.key) << key.id;
  EXPECT_FALSE(keys->back().signs);
}

TEST(Signature, VerifiesWithTheKeyThatMadeIt) {
  EXPECT_EQ(check(kRs256, "RS256", 0), SignatureCheck::verifies);
  EXPECT_EQ(check(kPs384, "PS384", 0), SignatureCheck::verifies);
  EXPECT_EQ(check(kEs256, "ES256", 1), SignatureCheck::verifies);
  EXPECT_EQ(check(kEs384, "ES384", 2), SignatureCheck::verifies);
  EXPECT_EQ(check(kEdDsa, "EdDSA", 3), SignatureCheck::verifies);
}

TEST(Signature, FailsWhereAnythingWasChanged) {
  for (const auto& [token, algorithm, key] :
       {std::tuple(kRs256, "RS256", 0U), {kPs384, "PS384", 0U}, {kEs256, "ES256", 1U}, {kEdDsa, "EdDSA", 3U}}) {
    std::string claims = token;
    claims[25] = claims[25] == 'A' ? 'B' : 'A';
    EXPECT_EQ(check(claims, algorithm, key), SignatureCheck::fails) << algorithm;
    std::string signature = token;
    signature[50] = signature[50] == 'A' ? 'B' : 'A';
    EXPECT_EQ(check(signature, algorithm, key), SignatureCheck::fails) << algorithm;
    EXPECT_EQ(check(token.substr(0, token.rfind('.') + 1), algorithm, key), SignatureCheck::fails) << algorithm;
    EXPECT_EQ(check(token.substr(0, token.size() - 8), algorithm, key), SignatureCheck::fails) << algorithm;
  }
}

TEST(Signature, IsUnreadableWhereAlgorithmAndKeyDoNotFit) {
  EXPECT_EQ(check(kRs256, "RS256", 1), SignatureCheck::unreadable);
  EXPECT_EQ(check(kRs256, "HS256", 0), SignatureCheck::unreadable);
  EXPECT_EQ(check(kRs256, "none", 0), SignatureCheck::unreadable);
  EXPECT_EQ(check(kRs256, "", 0), SignatureCheck::unreadable);
  EXPECT_EQ(check("no token", "RS256", 0), SignatureCheck::unreadable);
}

TEST(Signature, EachAlgorithmHasAKeyType) {
  EXPECT_EQ(key_type_for("RS512"), "RSA");
  EXPECT_EQ(key_type_for("PS256"), "RSA");
  EXPECT_EQ(key_type_for("ES384"), "EC");
  EXPECT_EQ(key_type_for("EdDSA"), "OKP");
  EXPECT_EQ(key_type_for("HS256"), "oct");
  for (const char* other : {"none", "", "RS128", "XX256", "ES256K"}) EXPECT_EQ(key_type_for(other), "") << other;
}

}  // namespace
}  // namespace authprobe::credential
