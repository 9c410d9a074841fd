// What is known of a credential: from its own value, from the answers of its targets, from what was declared.
#include "exporter/credential/credential_metadata.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>

#include "exporter/credential/jwt.h"
#include "exporter/credential/signed_url.h"
#include "exporter/credential/token_info.h"
#include "exporter/wire/cookies.h"

namespace authprobe::credential {
namespace {

using namespace std::chrono;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr WallTime kNow = sys_days(2026y / 11 / 1);

std::string part(const std::string& json) {
  std::string text(json.size() * 2 + 4, '\0');
  text.resize(static_cast<std::size_t>(EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                                       reinterpret_cast<const unsigned char*>(json.data()),
                                                       static_cast<int>(json.size()))));
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::string signed_jwt(const std::string& claims) {
  return part(R"({"alg":"HS256"})") + "." + part(claims) + ".c2ln";
}

config::Credential bearer() {
  config::Credential config;
  config.name = "a";
  return config;
}

TEST(TokenForm, IsToldFromItsParts) {
  EXPECT_EQ(form_of(signed_jwt("{}")), TokenForm::jwt);
  EXPECT_EQ(form_of(part(R"({"alg":"RSA-OAEP","enc":"A256GCM"})") + ".a.b.c.d"), TokenForm::encrypted);
  for (const char* opaque : {"", "abc", "a.b.c", "v2.local.x.y.z", "a.b.c.d.e", "..", "ey.ey.ey"}) {
    EXPECT_EQ(form_of(opaque), TokenForm::opaque) << opaque;
  }
}

TEST(Jwt, ScopesStandUnderSeveralNames) {
  EXPECT_THAT(read_jwt(signed_jwt(R"({"scope":"read write"})"))->scopes, ElementsAre("read", "write"));
  EXPECT_THAT(read_jwt(signed_jwt(R"({"scp":["a","b"],"roles":["c"]})"))->scopes, ElementsAre("a", "b", "c"));
  EXPECT_THAT(read_jwt(signed_jwt(R"({"scope":7,"scp":[1,null]})"))->scopes, IsEmpty());
}

TEST(SignedUrl, TellsItsEnd) {
  const auto azure = read_signed_url(
      "https://x.blob.core.windows.net/c?sv=2022-11-02&st=2026-11-01&se=2026-11-02T00%3A00%3A00Z&sig=s%3D");
  ASSERT_TRUE(azure);
  EXPECT_EQ(azure->expires_at, kNow + days(1));
  EXPECT_EQ(azure->issued_at, kNow);
  const auto aws = read_signed_url("X-Amz-Date=20261101T000000Z&X-Amz-Expires=3600&X-Amz-Signature=x");
  ASSERT_TRUE(aws);
  EXPECT_EQ(aws->expires_at, kNow + hours(1));
  for (const char* none : {"https://x/", "https://x/?se=2026-11-02", "?X-Amz-Date=20261101T000000Z&X-Amz-Expires=x",
                           "?X-Amz-Expires=60", "se=&sig=", "a=b"}) {
    EXPECT_FALSE(read_signed_url(none)) << none;
  }
}

TEST(CredentialMetadata, ReadsTheValueAndForgetsTheOldOne) {
  CredentialMetadata metadata(bearer());
  metadata.reset_from(signed_jwt(R"({"exp":1793664000,"iat":1793577600,"scope":"read"})"));
  EXPECT_EQ(metadata.validity().end(), WallTime(seconds(1793664000)));
  EXPECT_EQ(metadata.validity().lifetime, seconds(86400));
  EXPECT_THAT(metadata.granted_scopes(), testing::Optional(ElementsAre("read")));
  metadata.reset_from("opaque");
  EXPECT_EQ(metadata.validity().state, ExpiryState::unknown);
  EXPECT_FALSE(metadata.granted_scopes());
}

TEST(CredentialMetadata, AJwtWithoutAnEndNeverEndsByItself) {
  CredentialMetadata metadata(bearer());
  metadata.reset_from(signed_jwt("{}"));
  EXPECT_EQ(metadata.validity().state, ExpiryState::never);
}

TEST(CredentialMetadata, DeclaredAgeEndsIt) {
  config::Credential config = bearer();
  config.expiry.issued_at = floor<days>(kNow);
  config.expiry.max_age = days(90);
  const CredentialMetadata metadata(config);
  EXPECT_EQ(metadata.validity().end(), kNow + days(90));
  EXPECT_EQ(metadata.validity().lifetime, days(90));
}

TEST(CredentialMetadata, ASignedUrlsEndOutlivesTheSignature) {
  CredentialMetadata metadata(bearer());
  metadata.set_url_times(read_signed_url("https://x/?X-Amz-Date=20261101T000000Z&X-Amz-Expires=60"));
  metadata.reset_from("another-signature");
  EXPECT_EQ(metadata.validity().end(), kNow + seconds(60));
  EXPECT_EQ(metadata.validity().lifetime, seconds(60));
  metadata.set_url_times({});
  EXPECT_EQ(metadata.validity().state, ExpiryState::unknown);
}

TEST(CredentialMetadata, OrdinaryAnswersTell) {
  config::Credential config = bearer();
  config.expiry.header = {"X-Token-TTL", config::TimeFormat::seconds};
  config.services = std::make_shared<config::KnownServices>(
      config::KnownServices{{}, {{"GitHub-Authentication-Token-Expiration", config::TimeFormat::automatic}}});
  CredentialMetadata metadata(config);
  const std::vector<wire::Header> github{{"github-authentication-token-expiration", "2026-11-03 02:00:00 +0200"},
                                         {"X-OAuth-Scopes", "repo, read:org"}};
  metadata.observe(github, kNow);
  EXPECT_THAT(metadata.validity().ends, ElementsAre(Expiry{ExpiryKind::access, ExpirySource::header, kNow + days(2)}));
  EXPECT_THAT(metadata.granted_scopes(), testing::Optional(ElementsAre("read:org", "repo")));
  const std::vector<wire::Header> own{{"X-Token-TTL", "60"}};
  metadata.observe(own, kNow);
  EXPECT_EQ(metadata.validity().end(), kNow + seconds(60));
  const std::vector<wire::Header> broken{{"X-Token-TTL", "soon"}};
  metadata.observe(broken, kNow);
  EXPECT_EQ(metadata.validity().end(), kNow + seconds(60));
}

TEST(CredentialMetadata, OfCookiesOnlyTheOneThatWeSend) {
  config::Credential config = bearer();
  config.kind = config::Cookie();
  CredentialMetadata metadata(config);
  metadata.reset_from("session=abc");
  metadata.observe(std::vector<wire::Header>{{"Set-Cookie", "session=other; Max-Age=60"}}, kNow);
  EXPECT_EQ(metadata.validity().state, ExpiryState::unknown);
  metadata.observe(std::vector<wire::Header>{{"Set-Cookie", "session=abc; Path=/; Max-Age=60"}}, kNow);
  EXPECT_EQ(metadata.validity().end(), kNow + seconds(60));
}

TEST(CookieEnd, MaxAgeWins) {
  EXPECT_EQ(wire::cookie_end("a=b; Expires=Mon, 02 Nov 2026 00:00:00 GMT", kNow), kNow + days(1));
  EXPECT_EQ(wire::cookie_end("a=b; max-age=5; expires=Mon, 02-Nov-2026 00:00:00 GMT", kNow), kNow + seconds(5));
  EXPECT_EQ(wire::cookie_end("a=b; Max-Age=-1", kNow), kNow);
  EXPECT_FALSE(wire::cookie_end("a=b; HttpOnly", kNow));
  EXPECT_FALSE(wire::cookie_end("", kNow));
}

TEST(CredentialMetadata, ComparesScopes) {
  config::Credential config = bearer();
  config.scopes = {{"read", "write"}, {"read"}};
  CredentialMetadata metadata(config);
  EXPECT_THAT(metadata.missing_scopes(), IsEmpty()) << "nobody has told yet";
  metadata.set_scopes(ScopeSource::header, {"read", "admin"});
  EXPECT_THAT(metadata.missing_scopes(), ElementsAre("write"));
  EXPECT_THAT(metadata.excess_scopes(), ElementsAre("admin"));
  metadata.set_scopes(ScopeSource::introspection, {"write", "read"});
  metadata.set_scopes(ScopeSource::header, {"admin"});
  EXPECT_THAT(metadata.missing_scopes(), IsEmpty()) << "introspection is trusted more";
  EXPECT_THAT(metadata.excess_scopes(), ElementsAre("write"));
}

TEST(CredentialMetadata, CountsChangesOfScopes) {
  CredentialMetadata metadata(config::Credential{});
  metadata.set_scopes(ScopeSource::header, {"write", "read"});
  metadata.set_scopes(ScopeSource::header, {"read", "write"});
  EXPECT_EQ(metadata.scope_changes(), 0u) << "the order means nothing";
  metadata.reset_from("another-value");
  metadata.set_scopes(ScopeSource::header, {"read"});
  EXPECT_EQ(metadata.scope_changes(), 1u);
  EXPECT_THAT(metadata.lost_scopes(), ElementsAre("write"));
  metadata.set_scopes(ScopeSource::introspection, {"admin"});
  EXPECT_EQ(metadata.scope_changes(), 1u) << "another source, which may call them by other names";
  metadata.set_scopes(ScopeSource::header, {"write"});
  EXPECT_EQ(metadata.scope_changes(), 1u) << "the introspection is trusted more";
  metadata.set_scopes(ScopeSource::introspection, {"admin", "read"});
  EXPECT_EQ(metadata.scope_changes(), 2u);
  EXPECT_THAT(metadata.lost_scopes(), ElementsAre());
}

struct LookupCase {
  const char* pointer;
  const char* body;
  std::optional<WallTime> at;  // none: never
};
class Lookups : public testing::TestWithParam<LookupCase> {};

TEST_P(Lookups, AreRead) {
  config::ExpiryLookup lookup;
  lookup.json_pointer = GetParam().pointer;
  const auto answer = read_lookup(lookup, {}, GetParam().body, kNow);
  ASSERT_TRUE(answer) << GetParam().body;
  EXPECT_EQ(answer->expires_at, GetParam().at) << GetParam().body;
}

// In the shapes that GitLab, Vault, Cloudflare, Fastly and others answer in.
INSTANTIATE_TEST_SUITE_P(Table, Lookups,
                         testing::Values(LookupCase{"/expires_at", R"({"expires_at":"2026-11-02"})", kNow + days(1)},
                                         LookupCase{"/expires_at", R"({"expires_at":null})", {}},
                                         LookupCase{"/expires_at", "{}", {}},
                                         LookupCase{"/data/expire_time",
                                                    R"({"data":{"expire_time":"2026-11-02T01:00:00.000000000+01:00"}})",
                                                    kNow + days(1)},
                                         LookupCase{"/result/expires_on", R"({"result":{"id":"x"}})", {}},
                                         LookupCase{"/expiry_time", R"({"expiry_time":-1})", {}},
                                         LookupCase{"/expiry_time", R"({"expiry_time":1793577600000})", kNow + days(1)},
                                         LookupCase{"/0/exp", R"([{"exp":"1793577600"}])", kNow + days(1)}));

TEST(Lookup, WhatCannotBeReadGivesNothing) {
  config::ExpiryLookup lookup;
  lookup.json_pointer = "/expires_at";
  for (const char* body : {"", "<html>", "7", R"({"expires_at":"soon"})", R"({"expires_at":{}})"}) {
    EXPECT_FALSE(read_lookup(lookup, {}, body, kNow)) << body;
  }
}

TEST(Lookup, AHeaderTells) {
  config::ExpiryLookup lookup;
  lookup.header = "GitHub-Authentication-Token-Expiration";
  const std::vector<wire::Header> headers{{"github-authentication-token-expiration", "2026-11-02 00:00:00 UTC"}};
  EXPECT_EQ(read_lookup(lookup, headers, "", kNow)->expires_at, kNow + days(1));
  EXPECT_EQ(read_lookup(lookup, {}, "", kNow)->expires_at, std::nullopt);
}

// Vault calls its scopes policies; its id of a token is the accessor.
TEST(Lookup, ScopesAndTheIdStandWhereTheConfigurationSays) {
  constexpr std::string_view kBody =
      R"({"scopes":["no"],"id":7,"data":{"policies":["default","ci"],"accessor":"8609"}})";
  config::ExpiryLookup lookup;
  lookup.json_pointer = "/data/expire_time";
  EXPECT_EQ(read_lookup(lookup, {}, kBody, kNow)->scopes, std::vector<std::string>{"no"});
  EXPECT_EQ(read_lookup(lookup, {}, kBody, kNow)->id, "");
  lookup.scopes_pointer = "/data/policies";
  lookup.id_pointer = "/data/accessor";
  EXPECT_EQ(read_lookup(lookup, {}, kBody, kNow)->scopes, (std::vector<std::string>{"default", "ci"}));
  EXPECT_EQ(read_lookup(lookup, {}, kBody, kNow)->id, "8609");
  lookup.id_pointer = "/id";
  EXPECT_EQ(read_lookup(lookup, {}, kBody, kNow)->id, "7");
}

TEST(Lookup, AStateSaysWhetherItWorks) {
  config::ExpiryLookup lookup;
  lookup.json_pointer = "/end";
  lookup.state_pointer = "/status";
  const auto active = [&](const char* body) { return read_lookup(lookup, {}, body, kNow)->active; };
  EXPECT_EQ(active(R"({"status":"active"})"), true);
  EXPECT_EQ(active(R"({"status":"Active"})"), true);
  EXPECT_EQ(active(R"({"status":true})"), true);
  EXPECT_EQ(active(R"({"status":"disabled"})"), false);
  EXPECT_EQ(active(R"({"status":false})"), false);
  EXPECT_EQ(active(R"({"status":null})"), std::nullopt);
  EXPECT_EQ(active(R"({})"), std::nullopt);
  lookup.state_pointer = "/revoked";
  lookup.active_states = {"false"};
  EXPECT_EQ(active(R"({"revoked":false})"), true);
  EXPECT_EQ(active(R"({"revoked":true})"), false);
}

TEST(Lookup, OneRowOfAListIsItsOwn) {
  config::ExpiryLookup lookup;
  lookup.rows_pointer = "/data";
  lookup.secret_pointer = "/shown";
  lookup.json_pointer = "/end";
  lookup.id_pointer = "/id";
  const auto id = [&](const std::string& shown, const std::string& other = "zzzz") {
    const std::string body = R"({"data":[{"id":1,"shown":")" + other + R"(","end":1},{"id":2,"shown":")" + shown +
                             R"(","end":1793577600}]})";
    const auto info = read_lookup(lookup, {}, body, kNow, "npm_aB3x.Qq97wxyz");
    return info ? info->id : "none";
  };
  for (const char* shown :
       {"npm_aB3x", "wxyz", "npm_...wxyz", "****wxyz", "np...yz", "npm_aB3x.Qq97wxyz", "npm_aB3\u2026"}) {
    EXPECT_EQ(id(shown), "2") << shown;
  }
  for (const char* shown :
       {"", "npm", "xyz", "*", "...", "n**z", "aB3x", "npm_...wxyy", "npm_aB3x.Qq97wxyz1", "npm_aB3x.Qq97...q97wxyz"}) {
    EXPECT_EQ(id(shown), "none") << shown;
  }
  EXPECT_EQ(id("npm_aB3x", "npm_"), "none") << "two rows show it";
  EXPECT_EQ(read_lookup(lookup, {}, R"({"data":[{"shown":"wxyz","end":1793577600}]})", kNow, "abcdwxyz")->expires_at,
            kNow + days(1));
  EXPECT_FALSE(read_lookup(lookup, {}, R"({"data":{}})", kNow, "abcdwxyz"));
  EXPECT_FALSE(read_lookup(lookup, {}, R"({"data":[7,null,[]]})", kNow, "abcdwxyz"));
}

TEST(Lookup, ATokenWithCountedUsesIsAskedOnce) {
  config::ExpiryLookup lookup;
  lookup.json_pointer = "/data/expire_time";
  EXPECT_TRUE(read_lookup(lookup, {}, R"({"data":{"expire_time":null,"num_uses":4}})", kNow)->used_up);
  EXPECT_FALSE(read_lookup(lookup, {}, R"({"data":{"expire_time":null,"num_uses":0}})", kNow)->used_up);
}

TEST(Introspection, IsRead) {
  const auto answer = read_introspection(R"({"active":true,"exp":1793577600,"iat":1793491200,"scope":"a b"})", kNow);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->expires_at, kNow + days(1));
  EXPECT_EQ(answer->issued_at, kNow);
  EXPECT_EQ(answer->active, true);
  EXPECT_THAT(answer->scopes, testing::Optional(ElementsAre("a", "b")));
  EXPECT_EQ(read_introspection(R"({"active":false})", kNow)->active, false);
  EXPECT_FALSE(read_introspection(R"({"active":true})", kNow)->tells_expiry);
  for (const char* body : {"", "[]", "{}", R"({"active":"yes"})"}) EXPECT_FALSE(read_introspection(body, kNow)) << body;
}

}  // namespace
}  // namespace authprobe::credential
