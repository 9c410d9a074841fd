#include "exporter/credential/issuer_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace authprobe::credential {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(IssuerMetadata, StandsAtTheWellKnownPlaces) {
  const wire::Url plain("https://idp.example.com");
  EXPECT_EQ(openid_configuration_url(plain).text(), "https://idp.example.com/.well-known/openid-configuration");
  EXPECT_EQ(oauth_metadata_url(plain).text(), "https://idp.example.com/.well-known/oauth-authorization-server");
  // The examples of RFC 8414, section 3.1, and of its section 5.
  const wire::Url tenant("https://example.com/issuer1");
  EXPECT_EQ(openid_configuration_url(tenant).text(), "https://example.com/issuer1/.well-known/openid-configuration");
  EXPECT_EQ(oauth_metadata_url(tenant).text(), "https://example.com/.well-known/oauth-authorization-server/issuer1");
  const wire::Url slash("http://127.0.0.1:8080/realms/a/");
  EXPECT_EQ(openid_configuration_url(slash).text(), "http://127.0.0.1:8080/realms/a/.well-known/openid-configuration");
}

TEST(IssuerMetadata, IsReadFromItsDocument) {
  const auto read = read_issuer_metadata(R"({"issuer":"https://i","jwks_uri":"https://i/keys","x":1})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->issuer, "https://i");
  EXPECT_EQ(read->jwks_uri, "https://i/keys");
  EXPECT_EQ(read_issuer_metadata(R"({"issuer":"https://i","jwks_uri":7})")->jwks_uri, "");
  for (const char* other : {"", "<html>", "[]", "null", R"({"issuer":7})", R"({"jwks_uri":"https://i/keys"})"}) {
    EXPECT_FALSE(read_issuer_metadata(other)) << other;
  }
}

TEST(ResourceMetadata, NamesTheIssuersThatTheApiTrusts) {
  const auto read =
      read_resource_metadata(R"({"resource":"https://api","authorization_servers":["https://a",7,"https://b"]})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->resource, "https://api");
  EXPECT_THAT(read->authorization_servers, ElementsAre("https://a", "https://b"));
  EXPECT_THAT(read_resource_metadata(R"({"resource":"https://api"})")->authorization_servers, IsEmpty());
  EXPECT_THAT(read_resource_metadata(R"({"resource":"r","authorization_servers":"x"})")->authorization_servers,
              IsEmpty());
  EXPECT_FALSE(read_resource_metadata(R"({"authorization_servers":["https://a"]})"));
}

}  // namespace
}  // namespace authprobe::credential
