#include "exporter/credential/credential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/reveals.h"
#include "tests/support/temp_folder.h"

namespace authprobe::credential {
namespace {

using config::CredentialKind;
using config::SecretSource;
using namespace std::chrono_literals;
using test::Reveals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

config::Credential configured(CredentialKind kind, std::string secret) {
  config::Credential credential;
  credential.name = "billing";
  credential.kind = kind;
  credential.secret = {SecretSource::Kind::value, std::move(secret)};
  return credential;
}

http::Authorization sent(const config::Credential& config) {
  Credential credential(config);
  credential.refresh(std::chrono::steady_clock::time_point{});
  EXPECT_EQ(credential.problem(), "");
  return credential.authorization();
}

TEST(Credential, IsSentAsItsKindSays) {
  EXPECT_THAT(sent(configured(CredentialKind::bearer, "tok")).headers,
              ElementsAre(Pair("Authorization", Reveals("Bearer tok"))));
  EXPECT_THAT(sent(configured(CredentialKind::cookie, "sid=1; a=b")).headers,
              ElementsAre(Pair("Cookie", Reveals("sid=1; a=b"))));
  auto key = configured(CredentialKind::api_key, "k1");
  key.header = "X-Token";
  EXPECT_THAT(sent(key).headers, ElementsAre(Pair("X-Token", Reveals("k1"))));
  key.query = "api_key";
  EXPECT_THAT(sent(key).headers, IsEmpty());
  EXPECT_THAT(sent(key).query, Pair("api_key", Reveals("k1")));
  auto basic = configured(CredentialKind::basic, "open sesame");  // RFC 7617, section 2
  basic.username = {SecretSource::Kind::value, "Aladdin"};
  EXPECT_THAT(sent(basic).headers, ElementsAre(Pair("Authorization", Reveals("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="))));
}

TEST(Credential, WithoutAUsernameBasicIsUnavailable) {
  auto basic = configured(CredentialKind::basic, "password");
  basic.username = {SecretSource::Kind::env, "AUTHPROBE_TEST_UNSET"};
  Credential credential(basic);
  credential.refresh(std::chrono::steady_clock::time_point{});
  EXPECT_THAT(credential.problem(), HasSubstr("AUTHPROBE_TEST_UNSET"));
}

TEST(Credential, ARotationIsSeenAndCounted) {
  const http_test::TempFolder folder;
  auto config = configured(CredentialKind::bearer, "");
  config.secret = {SecretSource::Kind::file, folder.write("token", "one")};
  Credential credential(config);
  auto now = std::chrono::steady_clock::time_point{};
  credential.refresh(now);
  EXPECT_EQ(credential.rotations(), 0u);
  folder.replace("token", "two");
  credential.refresh(now += 1s);
  EXPECT_EQ(credential.rotations(), 1u);
  EXPECT_THAT(credential.authorization().headers, ElementsAre(Pair("Authorization", Reveals("Bearer two"))));
}

TEST(Credential, KnowsWhatTheTokenSaysOfItself) {
  // {"iat":1795305600,"nbf":1795305601,"exp":1795309200.5}
  auto config = configured(CredentialKind::bearer,
                           "eyJhbGciOiJIUzI1NiJ9."
                           "eyJpYXQiOjE3OTUzMDU2MDAsIm5iZiI6MTc5NTMwNTYwMSwiZXhwIjoxNzk1MzA5MjAwLjV9.c2ln");
  config.expires_at = std::chrono::sys_days{std::chrono::year{2030} / 1 / 1};
  Credential credential(config);
  credential.refresh(std::chrono::steady_clock::time_point{});
  EXPECT_EQ(credential.metadata().validity().end(), WallTime(1795309200s + 500ms)) << "the token knows better";
  EXPECT_EQ(credential.metadata().not_before(), WallTime(1795305601s));
}

TEST(Credential, SaysWhatIsOddAboutItsForm) {
  const auto oddity = [](CredentialKind kind, std::string secret) {
    Credential credential(configured(kind, std::move(secret)));
    credential.refresh(std::chrono::steady_clock::time_point{});
    return credential.shape_problem();
  };
  EXPECT_EQ(oddity(CredentialKind::bearer, "fine.token"), "");
  EXPECT_THAT(oddity(CredentialKind::bearer, "Bearer abc"), HasSubstr("begins with \"Bearer \""));
  EXPECT_THAT(oddity(CredentialKind::bearer, "\"quoted\""), HasSubstr("quotation mark"));
  EXPECT_THAT(oddity(CredentialKind::api_key, "abc "), HasSubstr("space"));
  EXPECT_EQ(oddity(CredentialKind::cookie, "a=b; c=d"), "");
}

}  // namespace
}  // namespace authprobe::credential
