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
