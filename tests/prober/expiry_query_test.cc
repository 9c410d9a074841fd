// Questions about a credential in virtual time: what is sent, when again, and what is made of the answers.
#include "exporter/prober/expiry_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/reveals.h"

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using credential::ExpirySource;
using test::Reveals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

const SlotTime kStart(1'800'000'000s);

config::Credential bearer(const std::string& token) {
  config::Credential config;
  config.name = "a";
  config.kind = config::Bearer{{config::SecretSource::Kind::value, token}};
  config.connection = std::make_shared<config::Connection>();
  config.expiry.lookup.url = wire::Url("https://api.example/self");
  config.expiry.lookup.json_pointer = "/expires_at";
  config.expiry.introspection = {wire::Url("https://idp.example/introspect"), "", 5min};
  return config;
}

std::shared_ptr<credential::Credential> loaded_from(const config::Credential& config) {
  auto made = std::make_shared<credential::Credential>(config);
  made->refresh(std::chrono::steady_clock::now());
  return made;
}

http::Response answered(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

// A question and a clock.
class Asking : public testing::Test {
 protected:
  void ask_for(ExpiryQuery::Endpoint endpoint, const config::Credential& config,
               ExpiryQuery::ClientCredential client = {}) {
    credential = loaded_from(config);
    query.emplace(endpoint, credential, std::move(client));
  }
  // Goes on to the next question, and says how long that took.
  std::chrono::milliseconds next() {
    const SlotTime before = now;
    now = std::max(now, query->due());
    auto begun = query->next_request(now);
    EXPECT_TRUE(begun);
    if (begun) request = std::move(*begun);
    return now - before;
  }
  CredentialStatus status() const {
    CredentialStatus made;
    query->fill_status(made);
    return made;
  }

  SlotTime now = kStart;
  std::shared_ptr<credential::Credential> credential;
  std::optional<ExpiryQuery> query;
  http::Request request;
};

TEST_F(Asking, ALookupCarriesTheCredentialAndNothingElse) {
  ask_for(ExpiryQuery::Endpoint::expiry, bearer("t0ken"));
  EXPECT_EQ(next(), 0ms);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url->url().text(), "https://api.example/self");
  EXPECT_THAT(request.authorization.headers, ElementsAre(Pair("Authorization", Reveals("Bearer t0ken"))));
  query->on_response(answered(200, R"({"expires_at":"2027-01-31"})"), now);
  EXPECT_THAT(credential->metadata().validity().ends,
              ElementsAre(credential::Expiry{
                  {}, ExpirySource::lookup, std::chrono::sys_days(std::chrono::year(2027) / 1 / 31)}));
  EXPECT_EQ(status().lookup->observed_at, SlotClock::to_wall(kStart));
  EXPECT_EQ(next(), 1h);
}

TEST_F(Asking, ALookupMayBePosted) {
  config::Credential config = bearer("t0ken");
  config.expiry.lookup.method = "POST";
  config.expiry.lookup.body = R"({"query":"{me{expires_at}}"})";
  ask_for(ExpiryQuery::Endpoint::expiry, config);
  next();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.body.reveal(), R"({"query":"{me{expires_at}}"})");
  EXPECT_THAT(request.headers, testing::Contains(Pair("Content-Type", "application/json")));
  EXPECT_THAT(request.authorization.headers, ElementsAre(Pair("Authorization", Reveals("Bearer t0ken"))));
}

TEST_F(Asking, IntrospectionPostsTheToken) {
  ask_for(ExpiryQuery::Endpoint::introspection, bearer("a+b/c="), [] {
    config::Credential client;
    client.name = "client";
    client.kind = config::Basic{{config::SecretSource::Kind::value, "me"}, {config::SecretSource::Kind::value, "pw"}};
    return loaded_from(client);
  });
  next();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.body.reveal(), "token=a%2Bb%2Fc%3D&token_type_hint=access_token");
  EXPECT_THAT(request.url->url().text(), Not(HasSubstr("a+b")));
  EXPECT_THAT(request.authorization.headers, ElementsAre(Pair("Authorization", Reveals("Basic bWU6cHc="))));
  query->on_response(answered(200, R"({"active":true,"exp":1800003600,"iat":1800000000,"scope":"read"})"), now);
  EXPECT_EQ(credential->metadata().validity().end(), SlotClock::to_wall(kStart + 1h));
  EXPECT_EQ(credential->metadata().validity().lifetime, 3600s);
  EXPECT_THAT(credential->metadata().granted_scopes(), testing::Optional(ElementsAre("read")));
  EXPECT_EQ(next(), 5min);
  query->on_response(answered(200, R"({"active":false})"), now);
  EXPECT_EQ(credential->metadata().active(), false);
  EXPECT_EQ(credential->metadata().active(), false);
}

TEST_F(Asking, FailuresAreCountedAndAskedAgainLessAndLess) {
  ask_for(ExpiryQuery::Endpoint::expiry, bearer("t"));
  next();
  query->on_response(answered(500, ""), now);
  EXPECT_EQ(next(), 30s);
  query->on_response(answered(200, "<html>"), now);
  EXPECT_EQ(next(), 1min);
  for (int i = 0; i < 20; ++i) {
    http::Response broken;
    broken.error = http::TransportError::connect;
    query->on_response(broken, now);
    EXPECT_LE(next(), 1h);
  }
  EXPECT_EQ(status().lookup->failures, 22u);
  EXPECT_FALSE(status().lookup->observed_at);
  query->on_response(answered(200, "{}"), now);
  EXPECT_EQ(next(), 1h);
  EXPECT_EQ(credential->metadata().validity().state, credential::ExpiryState::never);
}

TEST_F(Asking, RetryAfterIsHeeded) {
  ask_for(ExpiryQuery::Endpoint::expiry, bearer("t"));
  next();
  http::Response limited = answered(429, "");
  limited.headers = {{"Retry-After", "600"}};
  query->on_response(limited, now);
  EXPECT_EQ(next(), 10min);
}

TEST_F(Asking, AnotherSecretIsAskedAboutAnew) {
  const auto file = std::filesystem::temp_directory_path() / ("authprobe-lookup-" + std::to_string(getpid()));
  std::ofstream(file) << "old";
  config::Credential config = bearer("");
  config.kind = config::Bearer{{config::SecretSource::Kind::file, file.string()}};
  ask_for(ExpiryQuery::Endpoint::expiry, config);
  next();
  std::ofstream(file) << "another";
  credential->refresh(std::chrono::steady_clock::now() + 1s);
  query->on_response(answered(200, R"({"expires_at":"2027-01-31"})"), now);
  EXPECT_FALSE(credential->metadata().validity().end()) << "that was about the old one";
  EXPECT_EQ(next(), 10s) << "the floor";
  EXPECT_THAT(request.authorization.headers, ElementsAre(Pair("Authorization", Reveals("Bearer another"))));
  std::filesystem::remove(file);
}

TEST_F(Asking, NothingIsAskedWithoutTheSecret) {
  config::Credential config = bearer("");
  config.kind = config::Bearer{{config::SecretSource::Kind::env, "AUTHPROBE_TEST_UNSET"}};
  ask_for(ExpiryQuery::Endpoint::expiry, config);
  EXPECT_FALSE(query->next_request(now));
  EXPECT_EQ(query->due(), now + 1s);
  EXPECT_EQ(status().lookup->failures, 0u);
}

TEST_F(Asking, AUsedUpTokenIsAskedOnce) {
  ask_for(ExpiryQuery::Endpoint::expiry, bearer("t"));
  next();
  query->on_response(answered(200, R"({"data":{"num_uses":3}})"), now);
  EXPECT_EQ(query->due(), SlotTime::max());
}

TEST_F(Asking, APasswordThatIsRefusedIsNotTriedAgain) {
  config::Credential config = bearer("pw");
  config.kind = config::Basic{{config::SecretSource::Kind::value, "me"}, {config::SecretSource::Kind::value, "pw"}};
  ask_for(ExpiryQuery::Endpoint::expiry, config);
  next();
  query->on_response(answered(401, ""), now);
  EXPECT_EQ(query->due(), SlotTime::max());
}

}  // namespace
}  // namespace authprobe::prober
