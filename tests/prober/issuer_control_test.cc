// Whom a refused token's issuer control asks, what, and what it makes of the answers, in virtual time.
#include "exporter/prober/issuer_control.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exporter/wire/encoding.h"

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using IssuerState = diagnosis::IssuerAnswer::State;
using diagnosis::KeyFit;

// Wed, 22 Nov 2028 ... as the Date below.
constexpr char kDate[] = "Tue, 21 Nov 2028 11:00:00 GMT";
WallTime wall() {
  return *wire::read_http_date("Tue, 21 Nov 2028 10:00:00 GMT");
}

std::string jwt(const nlohmann::json& claims, const nlohmann::json& header = {{"alg", "RS256"}, {"kid", "k1"}}) {
  return wire::base64url(header.dump()) + '.' + wire::base64url(claims.dump()) + ".c2ln";
}

class IssuerControls : public testing::Test {
 protected:
  IssuerControls() {
    config.name = "c";
    config.issuer.url = wire::Url("https://idp.example/a");
    config.connection = std::make_shared<config::Connection>();
    use({{"iss", "https://idp.example/a"}});
  }

  void use(const nlohmann::json& claims) {
    config.kind = config::Bearer{{config::SecretSource::Kind::value, jwt(claims)}};
  }

  void take(const std::string& token) {
    credential::FetchedToken fetched;
    fetched.value = wire::Secret(token);
    credential->take_token(std::move(fetched), wall());
  }

  // The URL of the next request; empty: none.
  std::string next() {
    if (!control) {
      credential = std::make_shared<credential::Credential>(config);
      credential->refresh({});
      control.emplace(credential, &wall);
      control->request();
    }
    if (control->due() > now) return "";
    const auto request = control->next_request(now);
    if (!request) return "";
    EXPECT_TRUE(request->authorization.headers.empty());
    EXPECT_FALSE(request->identity);
    EXPECT_TRUE(request->body.empty());
    EXPECT_EQ(request->method, "GET");
    EXPECT_EQ(request->connection->max_redirects, 0);
    return request->url->url().text();
  }

  void answer(int status, const std::string& body) {
    http::Response response;
    response.status = status;
    response.body = body;
    response.body_bytes = body.size();
    response.headers = {{"Date", kDate}};
    if (status == 0) response.error = http::TransportError::connect;
    response.error_detail = status == 0 ? "Connection refused" : "";
    control->on_response(response, now);
  }

  void answer_metadata(const std::string& keys = "https://idp.example/keys") {
    ASSERT_EQ(next(), "https://idp.example/a/.well-known/openid-configuration");
    answer(200, R"({"issuer":"https://idp.example/a","jwks_uri":")" + keys + R"("})");
  }

  const diagnosis::IssuerAnswer& told() { return *control->report()->answer; }

  config::Credential config;
  std::shared_ptr<credential::Credential> credential;
  std::optional<IssuerControl> control;
  SlotTime now{1'800'000'000'000ms};
};

TEST_F(IssuerControls, AskForTheMetadataAndThenForTheKeys) {
  answer_metadata();
  EXPECT_FALSE(control->report()->answer) << "not all is told yet";
  ASSERT_EQ(next(), "https://idp.example/keys");
  answer(200, R"({"keys":[{"kty":"RSA","kid":"k2"}]})");
  EXPECT_EQ(told().state, IssuerState::keys_read);
  EXPECT_EQ(told().keys, 1U);
  EXPECT_EQ(told().ahead, 3600s);
  EXPECT_EQ(control->report()->key, KeyFit::absent);
  EXPECT_EQ(control->report()->key_id, "k1");
  EXPECT_EQ(next(), "");
}

TEST_F(IssuerControls, OnceUntilNobodyIsRefusedAnyMore) {
  answer_metadata();
  ASSERT_NE(next(), "");
  answer(503, "");
  EXPECT_EQ(told().state, IssuerState::failing);
  for (int i = 0; i < 3; ++i) control->request();
  now += 10min;
  EXPECT_EQ(next(), "");
  control->reset();
  EXPECT_FALSE(control->report());
  control->request();
  EXPECT_NE(next(), "");
}

TEST_F(IssuerControls, AnotherTokenIsComparedWithWhatTheIssuerSaid) {
  config.kind = config::Oauth2();
  credential = std::make_shared<credential::Credential>(config);
  credential->refresh({});
  take(jwt({{"iss", "https://idp.example/a"}}));
  control.emplace(credential, &wall);
  control->request();
  answer_metadata();
  ASSERT_NE(next(), "");
  answer(200, R"({"keys":[{"kty":"RSA","kid":"k2"}]})");
  EXPECT_EQ(control->report()->key, KeyFit::absent);
  take(jwt({{"iss", "https://idp.example/a"}}, {{"alg", "ES256"}, {"kid", "k2"}}));
  EXPECT_FALSE(control->report());
  control->request();
  now += 1min;
  EXPECT_EQ(next(), "") << "nobody is asked again";
  ASSERT_TRUE(control->report());
  EXPECT_EQ(control->report()->key, KeyFit::wrong_type);
  EXPECT_EQ(told().state, IssuerState::keys_read);
}

TEST_F(IssuerControls, NotMoreOftenThanOnceAMinute) {
  ASSERT_NE(next(), "");
  answer(0, "");
  control->reset();
  control->request();
  now += 30s;
  EXPECT_EQ(next(), "");
  now += 30s;
  EXPECT_NE(next(), "");
}

TEST_F(IssuerControls, TheSecondPlaceIsTriedWhereTheFirstHasNothing) {
  ASSERT_NE(next(), "");
  answer(404, "");
  EXPECT_EQ(next(), "https://idp.example/.well-known/oauth-authorization-server/a");
  answer(404, "");
  EXPECT_EQ(told().state, IssuerState::no_metadata);
}

TEST_F(IssuerControls, AnotherIssuersMetadataIsNotUsed) {
  ASSERT_NE(next(), "");
  answer(200, R"({"issuer":"https://evil.example","jwks_uri":"https://idp.example/keys"})");
  EXPECT_EQ(told().state, IssuerState::another_issuer);
  EXPECT_EQ(next(), "");
}

TEST_F(IssuerControls, KeysElsewhereAreNotAskedFor) {
  for (const char* keys : {"https://evil.example/keys", "http://idp.example/keys", "https://idp.example:8443/keys"}) {
    control.reset();
    answer_metadata(keys);
    EXPECT_EQ(told().state, IssuerState::keys_elsewhere) << keys;
    EXPECT_EQ(next(), "") << keys;
  }
}

TEST_F(IssuerControls, UnlessTheConfigurationNamesThem) {
  config.issuer.jwks_url = wire::Url("https://keys.example/v3");
  ASSERT_EQ(next(), "https://keys.example/v3");
  answer(200, R"({"keys":[]})");
  EXPECT_EQ(told().state, IssuerState::unreadable);
}

TEST_F(IssuerControls, WhatATokenNamesIsNotAskedByItself) {
  config.issuer.url = {};
  for (const char* issuer :
       {"https://evil.example", "http://169.254.169.254/latest", "https://idp.example@evil.example",
        "https://idp.example/a?x=1", "https://idp.example/a#x", "file:///etc/passwd", ""}) {
    control.reset();
    use({{"iss", issuer}});
    EXPECT_EQ(next(), "") << issuer;
    ASSERT_TRUE(control->report());
    EXPECT_EQ(control->report()->issuer, issuer);
    EXPECT_FALSE(control->report()->answer);
  }
}

TEST_F(IssuerControls, OnlyWhereItsOriginIsTheCredentialsOwn) {
  config.issuer.url = {};
  config.expiry.introspection.url = wire::Url("https://idp.example:443/introspect");
  EXPECT_EQ(next(), "https://idp.example/a/.well-known/openid-configuration");
  control.reset();
  use({{"iss", "http://idp.example/a"}});
  EXPECT_EQ(next(), "") << "https is not given up";
}

TEST_F(IssuerControls, ATokenOfAnotherIssuerIsKnownWithoutAsking) {
  use({{"iss", "https://staging.example"}});
  EXPECT_EQ(next(), "");
  EXPECT_EQ(control->report()->issuer, "https://staging.example");
  EXPECT_EQ(control->report()->expected_issuer, "https://idp.example/a");
}

TEST_F(IssuerControls, AnOpaqueTokenIsReportedOnlyWhereAJwtWasAnnounced) {
  config.kind = config::Bearer{{config::SecretSource::Kind::value, "opaque"}};
  EXPECT_EQ(next(), "");
  EXPECT_FALSE(control->report()->is_jwt);
  config.issuer.url = {};
  control.reset();
  EXPECT_EQ(next(), "");
  EXPECT_FALSE(control->report());
}

TEST_F(IssuerControls, AnswersThatAreTooLargeOrRedirectBlameNobody) {
  ASSERT_NE(next(), "");
  answer(302, "");
  ASSERT_NE(next(), "");
  http::Response large;
  large.status = 200;
  large.body = std::string(http::kBodyKept, ' ');
  large.body_bytes = http::kBodyKept + 1;
  control->on_response(large, now);
  EXPECT_EQ(told().state, IssuerState::no_metadata);
}

constinit std::chrono::minutes passed{0};
WallTime later() {
  return wall() + passed;
}

TEST_F(IssuerControls, AskAgainInALongRefusalAndKeepWhatIsKnownMeanwhile) {
  passed = 0min;
  config.auth_health_url = wire::Url("https://status.example/login");
  credential = std::make_shared<credential::Credential>(config);
  credential->refresh({});
  control.emplace(credential, &later);
  control->request();
  EXPECT_EQ(next(), "https://status.example/login");
  answer(503, "");
  answer_metadata();
  EXPECT_EQ(next(), "https://idp.example/keys");
  answer(503, "");
  EXPECT_EQ(control->report()->health->status, 503);
  passed = IssuerControl::kFresh;
  control->request();
  now += 1h;
  EXPECT_EQ(next(), "") << "the answers are not old yet";
  passed += 1min;
  control->request();
  EXPECT_EQ(next(), "https://status.example/login");
  EXPECT_EQ(control->report()->health->status, 503);
  answer(200, "");
  EXPECT_EQ(control->report()->health->status, 200);
  EXPECT_EQ(told().state, IssuerState::failing);
  answer_metadata();
  EXPECT_EQ(next(), "https://idp.example/keys");
}

TEST_F(IssuerControls, AskTheHealthPageForASecretThatIsNoJwt) {
  config::ApiKey key;
  key.key = {config::SecretSource::Kind::value, "key"};
  config.kind = std::move(key);
  config.issuer = {};
  config.auth_health_url = wire::Url("https://status.example/login");
  EXPECT_EQ(next(), "https://status.example/login");
  answer(0, "");
  EXPECT_EQ(next(), "");
  EXPECT_FALSE(control->report()->about_token);
  EXPECT_EQ(control->report()->health->error, "Connection refused");
}

}  // namespace
}  // namespace authprobe::prober
