#include "exporter/wire/authorization.h"

#include <gtest/gtest.h>

namespace authprobe::wire {
namespace {

TEST(SentBy, TheSchemeOfAuthorization) {
  EXPECT_EQ(sent_by("authorization", "Bearer abc"), SentCredential::bearer);
  EXPECT_EQ(sent_by("Authorization", "basic dXNlcjpwdw=="), SentCredential::basic);
  EXPECT_EQ(sent_by("Authorization", "AWS4-HMAC-SHA256 Credential=..."), SentCredential::sigv4);
  EXPECT_EQ(sent_by("Authorization", "SSWS abc"), SentCredential::api_key);
  EXPECT_EQ(sent_by("Authorization", ""), SentCredential::api_key);
}

TEST(SentBy, TheUsualNamesOfHeaders) {
  for (const char* name :
       {"X-API-Key", "apikey", "PRIVATE-TOKEN", "Ocp-Apim-Subscription-Key", "X-Auth-User", "DD-APPLICATION-KEY"}) {
    EXPECT_EQ(sent_by(name, "abc"), SentCredential::api_key) << name;
  }
  EXPECT_EQ(sent_by("Cookie", "sid=1"), SentCredential::cookie);
  for (const char* name : {"Accept", "X-CSRF-Token", "Idempotency-Key", "X-Requested-With", "Content-Type"}) {
    EXPECT_EQ(sent_by(name, "abc"), SentCredential::none) << name;
  }
}

TEST(SentBy, OfSeveralHeadersACookieCountsLeast) {
  EXPECT_EQ(sent_by(Headers{{"Cookie", "a=b"}, {"X-Api-Key", "c"}}), SentCredential::api_key);
  EXPECT_EQ(sent_by(Headers{{"Authorization", "Bearer c"}, {"X-Api-Key", "c"}}), SentCredential::bearer);
  EXPECT_EQ(sent_by(Headers{{"Accept", "*/*"}}), SentCredential::none);
  EXPECT_EQ(sent_by(Headers{}), SentCredential::none);
}

TEST(SentBy, AParameterOfAUrl) {
  for (const char* url :
       {"/v1/items?apiKey=abcd1234", "https://api.example.com/x?a=b&api_key=abcd1234#c", "/x?key=AIzaSyA",
        "/x?oauth_token=abcd", "/x?appid=439d4b80", "/x?sig=xxxx&t=1", "/x;a=b?token=abcd"}) {
    EXPECT_EQ(sent_by_url(url), SentCredential::api_key) << url;
  }
  EXPECT_EQ(sent_by_url("/x?access_token=abcd"), SentCredential::bearer);
  EXPECT_EQ(sent_by_url("/x?X-Amz-Credential=AKIA%2F20260101&X-Amz-Signature=fe5f80"), SentCredential::sigv4);
  EXPECT_EQ(sent_by_url("/app/list;jsessionid=1F2E3D?page=2"), SentCredential::cookie);
  for (const char* url :
       {"", "/", "/x?api_key=", "/x?api_key", "/x?page_token=abcd1234", "/x?sort_key=name", "/x?q=api_key",
        "/x?csrf_token=abcd1234", "/x?key=id", "/x;version=1234", "/x#api_key=abcd1234"}) {
    EXPECT_EQ(sent_by_url(url), SentCredential::none) << url;
  }
  EXPECT_EQ(sent_by(Headers{{"Cookie", "a=b"}}, "/x?api_key=abcd"), SentCredential::cookie);
  EXPECT_EQ(sent_by(Headers{{"Accept", "*/*"}}, "/x?api_key=abcd"), SentCredential::api_key);
}

TEST(HandsOverLogin, ATicketACodeOrAToken) {
  for (const char* query :
       {"ticket=ST-1", "a=b&Ticket=ST-1", "code=SplxlOBeZQ8&state=1", "SAMLResponse=PHNhbWw", "token=abc1234567"}) {
    EXPECT_TRUE(hands_over_login(query)) << query;
  }
  for (const char* query :
       {"", "ticket=", "ticket", "code=401", "code=unauthorized", "token=1", "error=ticket", "&&", "x=ticket=1"}) {
    EXPECT_FALSE(hands_over_login(query)) << query;
  }
}

}  // namespace
}  // namespace authprobe::wire
