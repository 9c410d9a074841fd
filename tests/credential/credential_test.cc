#include "exporter/credential/credential.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/reveals.h"
#include "tests/support/temp_folder.h"

namespace authprobe::credential {
namespace {

using config::ApiKey;
using config::AuthStyle;
using config::Basic;
using config::Bearer;
using config::Cookie;
using config::CredentialKind;
using config::Digest;
using config::Oauth2;
using config::SecretSource;
using namespace std::chrono_literals;
using test::Reveals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

SecretSource value(std::string text) {
  return {SecretSource::Kind::value, std::move(text)};
}

config::Credential configured(CredentialKind kind) {
  config::Credential credential;
  credential.name = "billing";
  credential.kind = std::move(kind);
  return credential;
}

http::Authorization authorization_of(const Credential& credential) {
  http::Request request;
  EXPECT_TRUE(credential.authorize(request));
  return std::move(request.authorization);
}

http::Authorization sent(CredentialKind kind) {
  Credential credential(configured(std::move(kind)));
  credential.refresh(std::chrono::steady_clock::time_point{});
  EXPECT_EQ(credential.problem(), "");
  return authorization_of(credential);
}

TEST(Credential, IsSentAsItsKindSays) {
  EXPECT_THAT(sent(Bearer{value("tok")}).headers, ElementsAre(Pair("Authorization", Reveals("Bearer tok"))));
  EXPECT_THAT(sent(Cookie{value("sid=1; a=b")}).headers, ElementsAre(Pair("Cookie", Reveals("sid=1; a=b"))));
  EXPECT_THAT(sent(ApiKey{value("k1"), "X-Token", ""}).headers, ElementsAre(Pair("X-Token", Reveals("k1"))));
  const http::Authorization in_query = sent(ApiKey{value("k1"), "X-Token", "api_key"});
  EXPECT_THAT(in_query.headers, IsEmpty());
  EXPECT_THAT(in_query.query, ElementsAre(Pair("api_key", Reveals("k1"))));
  EXPECT_THAT(sent(Basic{value("Aladdin"), value("open sesame")}).headers,  // RFC 7617, section 2
              ElementsAre(Pair("Authorization", Reveals("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="))));
}

TEST(Credential, WithoutAUsernameBasicIsUnavailable) {
  Credential credential(configured(Basic{{SecretSource::Kind::env, "AUTHPROBE_TEST_UNSET"}, value("password")}));
  credential.refresh(std::chrono::steady_clock::time_point{});
  EXPECT_THAT(credential.problem(), HasSubstr("AUTHPROBE_TEST_UNSET"));
}

TEST(Credential, ARotationIsSeenAndCounted) {
  const http_test::TempFolder folder;
  const auto config = configured(Bearer{{SecretSource::Kind::file, folder.write("token", "one")}});
  Credential credential(config);
  auto now = std::chrono::steady_clock::time_point{};
  credential.refresh(now);
  EXPECT_EQ(credential.rotations(), 0u);
  folder.replace("token", "two");
  credential.refresh(now += 1s);
  EXPECT_EQ(credential.rotations(), 1u);
  EXPECT_THAT(authorization_of(credential).headers, ElementsAre(Pair("Authorization", Reveals("Bearer two"))));
}

TEST(Credential, KnowsWhatTheTokenSaysOfItself) {
  // {"iat":1795305600,"nbf":1795305601,"exp":1795309200.5}
  auto config =
      configured(Bearer{value("eyJhbGciOiJIUzI1NiJ9."
                              "eyJpYXQiOjE3OTUzMDU2MDAsIm5iZiI6MTc5NTMwNTYwMSwiZXhwIjoxNzk1MzA5MjAwLjV9."
                              "c2ln")});
  config.expires_at = std::chrono::sys_days{std::chrono::year{2030} / 1 / 1};
  Credential credential(config);
  credential.refresh(std::chrono::steady_clock::time_point{});
  EXPECT_EQ(credential.metadata().validity().end(), WallTime(1795309200s + 500ms)) << "the token knows better";
  EXPECT_EQ(credential.metadata().not_before(), WallTime(1795305601s));
}

TEST(Credential, HintsAtWhatServersReadInTwoWays) {
  const auto hint = [](CredentialKind kind) {
    Credential credential(configured(std::move(kind)));
    credential.refresh(std::chrono::steady_clock::time_point{});
    EXPECT_EQ(credential.shape_problem(), "") << "it may be right";
    return std::string(credential.hint().fact);
  };
  EXPECT_EQ(hint(Basic{value("me"), value("p%+:/= &")}), "");
  EXPECT_THAT(hint(Basic{value("me"), value("gr\xc3\xbc\xc3\x9f")}), HasSubstr("beyond ASCII"));
  EXPECT_THAT(hint(Digest{value("gr\xfc\xdf"), value("p")}), HasSubstr("beyond ASCII"));
  Oauth2 client;
  client.client_id = value("id-1._~");
  client.client_secret = value("Az09");
  EXPECT_EQ(hint(client), "");
  for (const char odd : std::string_view("%+:/=& !\"@")) {
    client.client_secret = value(std::string("a") + odd + "b");
    EXPECT_THAT(hint(client), HasSubstr("RFC 6749, section 2.3.1")) << odd;
    EXPECT_THAT(hint(client), Not(HasSubstr(client.client_secret.text)));
  }
  client.auth_style = AuthStyle::post;
  EXPECT_EQ(hint(client), "");
}

TEST(Credential, SaysWhatIsOddAboutItsForm) {
  const auto oddity = [](CredentialKind kind) {
    Credential credential(configured(std::move(kind)));
    credential.refresh(std::chrono::steady_clock::time_point{});
    return credential.shape_problem();
  };
  EXPECT_EQ(oddity(Bearer{value("fine.token")}), "");
  EXPECT_THAT(oddity(Bearer{value("Bearer abc")}), HasSubstr("begins with \"Bearer \""));
  EXPECT_THAT(oddity(Bearer{value("\"quoted\"")}), HasSubstr("quotation mark"));
  EXPECT_THAT(oddity(ApiKey{value("abc "), "X-Key", ""}), HasSubstr("space"));
  EXPECT_EQ(oddity(Cookie{value("a=b; c=d")}), "");
}

}  // namespace
}  // namespace authprobe::credential
