// The last gate: whatever the configuration says, no request that is made for a foreign host has a byte of a secret.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "exporter/prober/expiry_query.h"
#include "exporter/prober/next_credential_probe.h"
#include "exporter/prober/retired_probe.h"
#include "exporter/prober/target.h"
#include "exporter/prober/token_fetch.h"
#include "exporter/wire/encoding.h"
#include "tests/support/rules.h"
#include "tests/support/temp_folder.h"

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using config::SecretSource;
using testing::HasSubstr;
using testing::Not;

const SlotTime kGuardStart(1'800'000'000s);
const std::string kGuarded = "s3cret.value-0123456789";

SecretSource secret() {
  return {SecretSource::Kind::value, kGuarded};
}

std::vector<config::CredentialKind> kinds() {
  config::Oauth2 oauth2;
  oauth2.client_id = {SecretSource::Kind::value, "me"};
  oauth2.client_secret = secret();
  oauth2.token_url = wire::Url("https://foreign.test/token");
  config::Login login;
  login.url = wire::Url("https://foreign.test/login");
  login.body = "password=${password}";
  login.secrets = {{"password", secret()}};
  login.from_name = "/token";
  return {config::Bearer{secret()},
          config::ApiKey{secret(), "X-API-Key", "", ""},
          config::ApiKey{secret(), "", "key", ""},
          config::UrlPath{secret()},
          config::Basic{secret(), secret()},
          config::Digest{secret(), secret()},
          oauth2,
          login,
          config::AwsSigv4{secret(), secret(), {}, "eu-central-1", "sts", {}},
          config::Cookie{{SecretSource::Kind::value, "id=" + kGuarded}}};
}

config::Credential at_home(config::CredentialKind kind) {
  config::Credential config;
  config.name = "mine";
  config.kind = std::move(kind);
  config.hosts = {"api.home.test", "*.corp.test:8443"};
  config.connection = std::make_shared<config::Connection>();
  config.expiry.lookup.url = wire::Url("https://foreign.test/self");
  config.expiry.lookup.json_pointer = "/end";
  config.expiry.introspection = {wire::Url("https://foreign.test/introspect"), "", 5min};
  return config;
}

std::shared_ptr<credential::Credential> loaded(const config::Credential& config) {
  auto made = std::make_shared<credential::Credential>(config);
  made->refresh(std::chrono::steady_clock::now());
  if (made->fetches_token()) {
    credential::FetchedToken token;
    token.value = wire::Secret(kGuarded);
    made->take_token(std::move(token), SlotClock::to_wall(kGuardStart));
  }
  return made;
}

config::Target target_at(const std::string& url) {
  config::Target target;
  target.name = "me";
  target.url = wire::Url(url);
  target.credential = "mine";
  target.interval = 15s;
  target.connection = std::make_shared<config::Connection>();
  target.expect = std::make_shared<config::Expectation>();
  return target;
}

// All of a request that could leave the process.
std::string all_of(const http::Request& request) {
  std::string all = request.url->url().text() + '\n' + std::string(request.body.reveal());
  for (const auto& [name, value] : request.headers) all += '\n' + name + ": " + value;
  const wire::Authorization& authorization = request.authorization;
  for (const auto& [name, value] : authorization.headers) all += '\n' + name + ": " + std::string(value.reveal());
  for (const auto& [name, value] : authorization.query) all += '\n' + name + '=' + std::string(value.reveal());
  for (const wire::Secret* part : {&authorization.path, &authorization.password}) {
    all += '\n' + std::string(part->reveal());
  }
  return all + '\n' + authorization.username;
}

void expect_nothing_of_it(const std::optional<http::Request>& request) {
  if (!request) return;
  EXPECT_THAT(all_of(*request), Not(HasSubstr(kGuarded.substr(0, 8))));
  EXPECT_TRUE(request->authorization.headers.empty() && request->authorization.scheme == wire::Scheme::none);
  EXPECT_EQ(request->identity, nullptr);
}

const std::vector<std::string> kForeign{"https://foreign.test/",        "https://home.test/",
                                        "https://api.home.test.evil/",  "https://xapi.home.test/",
                                        "https://corp.test:8443/",      "https://a.corp.test/",
                                        "https://a.corp.test:8444/",    "https://127.0.0.1/",
                                        "https://[::1]/api.home.test",  "https://foreign.test/?api.home.test",
                                        "http://foreign.test:443/{key}"};

TEST(HostsGuard, NoRequestForAForeignHostHasTheSecret) {
  for (const config::CredentialKind& kind : kinds()) {
    SCOPED_TRACE(to_string(kind));
    const auto credential = loaded(at_home(kind));
    ASSERT_EQ(credential->problem(), "");
    for (const std::string& url : kForeign) {
      SCOPED_TRACE(url);
      const config::Target config = target_at(url);
      ProbedTarget target(config, {std::make_shared<const Checks>(config.expect), credential, nullptr, test::rules()});
      const Now now{kGuardStart, SlotClock::to_wall(kGuardStart)};
      const auto started = target.start(kGuardStart, now);
      ASSERT_TRUE(std::holds_alternative<ProbeRecord>(started));
      EXPECT_EQ(std::get<ProbeRecord>(started).state, State::credential_unavailable);
      EXPECT_TRUE(std::holds_alternative<ProbeRecord>(target.start_on_demand(1s, now)));
      expect_nothing_of_it(target.request(credential.get(), 1s));
      NextCredentialProbe next;
      next.use(config, credential, test::rules());
      EXPECT_FALSE(next.next_request(kGuardStart));
    }
  }
}

TEST(HostsGuard, NoRequestAboutTheCredentialHasItElsewhere) {
  for (const config::CredentialKind& kind : kinds()) {
    SCOPED_TRACE(to_string(kind));
    const config::Credential config = at_home(kind);
    const auto credential = loaded(config);
    EXPECT_FALSE(ExpiryQuery(ExpiryQuery::Endpoint::expiry, credential).next_request(kGuardStart));
    config::Credential client = config;
    client.hosts.clear();  // the token stands in the body, whoever asks
    EXPECT_FALSE(ExpiryQuery(ExpiryQuery::Endpoint::introspection, credential, [&] {
                   return loaded(client);
                 }).next_request(kGuardStart));
    if (config::token_url(kind) == nullptr) continue;
    auto fresh = std::make_shared<credential::Credential>(config);
    fresh->refresh(std::chrono::steady_clock::now());
    TokenFetch fetch(fresh, test::rules());
    EXPECT_FALSE(fetch.next_request(std::max(kGuardStart, fetch.due())));
    EXPECT_THAT(fresh->problem(), HasSubstr("is not one of the credential's hosts"));
  }
}

TEST(HostsGuard, ARetiredValueStaysAtHomeToo) {
  const http_test::TempFolder folder;
  config::Credential config = at_home(config::Bearer{{SecretSource::Kind::file, folder.write("token", kGuarded)}});
  config.retire = 24h * 7;
  credential::Credential credential(config);
  credential.refresh(std::chrono::steady_clock::now());
  folder.write("token", "another-value");
  credential.refresh(std::chrono::steady_clock::now() + 1s);
  ASSERT_TRUE(credential.has_retired());
  for (const std::string& url : kForeign) {
    http::Request request;
    request.url = http::prepared(wire::Url(url));
    EXPECT_FALSE(credential.authorize_retired(request)) << url;
    expect_nothing_of_it(std::move(request));
  }
}

TEST(HostsGuard, HomeIsWhereItMayBeSent) {
  const auto credential = loaded(at_home(config::Bearer{secret()}));
  for (const std::string url :
       {"https://api.home.test/v1", "https://API.home.test:8443/", "https://a.b.corp.test:8443/"}) {
    http::Request request;
    request.url = http::prepared(wire::Url(url));
    EXPECT_TRUE(credential->authorize(request)) << url;
    EXPECT_THAT(all_of(request), HasSubstr(kGuarded));
  }
}

}  // namespace
}  // namespace authprobe::prober
