// Credentials of every kind as real servers on loopback receive them, and what becomes of the answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <string>

#include "exporter/prober/prober.h"
#include "tests/support/loopback_server.h"
#include "tests/support/rules.h"
#include "tests/support/temp_folder.h"

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using config::CredentialKind;
using config::SecretSource;
using http_test::answer;
using http_test::LoopbackServer;
using http_test::TempFolder;
using std::chrono::steady_clock;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

SecretSource inline_secret(const std::string& value) {
  return {SecretSource::Kind::value, value};
}

config::Credential credential_of(CredentialKind kind, const std::string& name = "cred") {
  config::Credential credential;
  credential.name = name;
  credential.kind = std::move(kind);
  auto connection = std::make_shared<config::Connection>();
  connection->timeout = 2s;
  credential.connection = connection;
  return credential;
}

config::Target target_of(const std::string& name, const std::string& url, const std::string& credential = "cred") {
  config::Target target;
  target.name = name;
  target.url = wire::Url(url);
  target.credential = credential;
  target.interval = 100ms;
  target.controls = {false, false, false};
  auto connection = std::make_shared<config::Connection>();
  connection->timeout = 2s;
  target.connection = connection;
  target.expect = std::make_shared<config::Expectation>();
  return target;
}

// A prober that is run until something is seen.
class RunningFleet {
 public:
  RunningFleet(std::vector<config::Target> targets, std::vector<config::Credential> credentials)
      : prober_(std::make_unique<Prober>(config_of(std::move(targets), std::move(credentials)), test::rules())) {}

  void reload(std::vector<config::Target> targets, std::vector<config::Credential> credentials) {
    prober_->reload(ReloadPlan(nullptr, config_of(std::move(targets), std::move(credentials))), test::rules());
  }

  template <typename Seen>
  void run_until(Seen seen) {
    const auto deadline = steady_clock::now() + 20s;
    while (steady_clock::now() < deadline) {
      prober_->start_due();
      prober_->wait();
      while (const Prober::Event* event = prober_->next_event()) {
        if (const auto* record = std::get_if<ProbeRecord>(event)) note(*record);
      }
      if (seen()) return;
    }
    ADD_FAILURE() << "what was waited for did not come within 20 s";
  }
  ProbeRecord next() {
    const int before = records_;
    run_until([&] { return records_ > before; });
    return last_;
  }
  ProbeRecord next_in(State state) {
    run_until([&] { return records_ > 0 && last_.state == state; });
    return last_;
  }
  void probe_now(std::size_t target) { EXPECT_TRUE(prober_->probe_now(target, 7, 5s)); }
  bool on_demand() const { return on_demand_ok_; }
  int records() const { return records_; }
  CredentialStatus status(std::size_t index = 0) const { return prober_->fleet().credential_statuses().at(index); }

 private:
  void note(const ProbeRecord& record) {
    last_ = record;
    ++records_;
    on_demand_ok_ |= record.on_demand == 7 && record.state == State::ok;
  }

  static std::shared_ptr<const config::Config> config_of(std::vector<config::Target> targets,
                                                         std::vector<config::Credential> credentials) {
    auto config = std::make_shared<config::Config>();
    config->targets = std::move(targets);
    config->credentials = std::move(credentials);
    return config;
  }

  std::unique_ptr<Prober> prober_;
  ProbeRecord last_;
  int records_ = 0;
  bool on_demand_ok_ = false;
};

// An identity provider that hands out t1, t2, ... and an API that takes the token it is told to.
class Oauth2 : public testing::Test {
 protected:
  Oauth2() {
    oauth2().client_id = inline_secret("client:1");
    oauth2().client_secret = inline_secret("s3cret/&");
    oauth2().token_url = wire::Url(idp.url("/token"));
    oauth2().scopes = {"read", "write"};
  }

  config::Oauth2& oauth2() { return std::get<config::Oauth2>(credential.kind); }

  std::atomic<int> handed_out{0};
  std::atomic<int> accepted{1};
  std::atomic<bool> idp_works{true};
  LoopbackServer idp{[this](const std::string&) {
    if (!idp_works) return answer(400, R"({"error":"invalid_scope","error_description":"s3cret/&"})");
    return answer(200, R"({"access_token":"t)" + std::to_string(++handed_out) + R"(","expires_in":"3600"})");
  }};
  LoopbackServer api{[this](const std::string& request) {
    return answer(request.find("Bearer t" + std::to_string(accepted) + "\r\n") != std::string::npos ? 200 : 401);
  }};
  config::Credential credential = credential_of(config::Oauth2());
};

TEST_F(Oauth2, OneFetchServesAllTargets) {
  RunningFleet fleet({target_of("a", api.url("/a")), target_of("b", api.url("/b"))}, {credential});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(fleet.next().state, State::ok) << "no probe goes out without a token";
  ASSERT_EQ(idp.requests().size(), 1U);
  const std::string request = idp.last_request();
  EXPECT_THAT(request, StartsWith("POST /token HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Content-Type: application/x-www-form-urlencoded\r\n"));
  // RFC 6749, section 2.3.1: base64("client%3A1:s3cret%2F%26")
  EXPECT_THAT(request, HasSubstr("Authorization: Basic Y2xpZW50JTNBMTpzM2NyZXQlMkYlMjY=\r\n"));
  EXPECT_THAT(request, HasSubstr("grant_type=client_credentials&scope=read%20write"));
  EXPECT_THAT(request, Not(HasSubstr("client_secret")));
  EXPECT_EQ(fleet.status().fetches->total, 1U);
  EXPECT_TRUE(fleet.status().available);
  EXPECT_EQ(fleet.status().expiry_state, credential::ExpiryState::known);
  EXPECT_EQ(fleet.status().targets[static_cast<std::size_t>(State::ok)], 2U);
}

TEST_F(Oauth2, ProbesWaitForTheFirstTokenInsteadOfFailing) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  LoopbackServer slow([released](const std::string&) {
    released.wait_for(10s);
    return answer(200, R"({"access_token":"t1"})");
  });
  oauth2().token_url = wire::Url(slow.url());
  RunningFleet fleet({target_of("a", api.url())}, {credential});
  const auto several_slots = steady_clock::now() + 400ms;
  fleet.run_until([&] { return steady_clock::now() > several_slots; });
  EXPECT_EQ(fleet.records(), 0);
  fleet.probe_now(0);
  EXPECT_EQ(fleet.records(), 0);
  release.set_value();
  fleet.run_until([&] { return fleet.on_demand(); });
  EXPECT_EQ(fleet.next_in(State::ok).status, 200);
}

TEST_F(Oauth2, AReloadKeepsTheTokenOfAnUnchangedCredential) {
  RunningFleet fleet({target_of("a", api.url())}, {credential});
  fleet.next_in(State::ok);
  fleet.reload({target_of("a", api.url()), target_of("b", api.url())}, {credential});
  for (int i = 0; i < 4; ++i) EXPECT_EQ(fleet.next().state, State::ok);
  EXPECT_EQ(idp.requests().size(), 1U);
  oauth2().scopes = {"read"};
  accepted = 2;
  fleet.reload({target_of("a", api.url())}, {credential});
  fleet.run_until([&] { return idp.requests().size() == 2; });
  fleet.next_in(State::ok);
}

TEST_F(Oauth2, PostStyleSendsTheSecretInTheForm) {
  oauth2().auth_style = config::AuthStyle::post;
  oauth2().audience = "api";
  oauth2().params = {{"resource", "r s"}};
  RunningFleet fleet({target_of("a", api.url())}, {credential});
  fleet.next_in(State::ok);
  EXPECT_THAT(idp.last_request(), AllOf(HasSubstr("client_secret=s3cret%2F%26&client_id=client%3A1"),
                                        HasSubstr("audience=api&resource=r%20s"), Not(HasSubstr("Authorization"))));
}

TEST_F(Oauth2, ARevokedTokenIsFetchedAnew) {
  RunningFleet fleet({target_of("a", api.url())}, {credential});
  fleet.next_in(State::ok);
  accepted = 2;
  fleet.next_in(State::unauthorized);
  fleet.next_in(State::ok);
  EXPECT_EQ(idp.requests().size(), 2U);
  EXPECT_EQ(fleet.status().rotations, 0U) << "a fetched token is no rotation";
}

TEST_F(Oauth2, WithoutATokenTheTargetsSayWhy) {
  idp_works = false;
  RunningFleet fleet({target_of("a", api.url())}, {credential});
  const ProbeRecord record = fleet.next();
  EXPECT_EQ(record.state, State::credential_unavailable);
  EXPECT_THAT(record.detail, AllOf(HasSubstr("invalid_scope"), Not(HasSubstr("s3cret"))));
  EXPECT_THAT(api.requests(), testing::IsEmpty());
  const CredentialStatus status = fleet.status();
  EXPECT_FALSE(status.available);
  ASSERT_TRUE(status.fetches->refusal);
  EXPECT_EQ(status.fetches->refusal->cause, diagnosis::Cause::insufficient_scope);
  EXPECT_THAT(status.fetches->refusal->evidence, testing::Each(Not(HasSubstr("s3cret"))));
  EXPECT_EQ(status.fetches->failures[static_cast<std::size_t>(credential::FetchFailure::invalid_scope)], 1U);
  idp_works = true;
  fleet.next_in(State::ok);
}

TEST_F(Oauth2, ATokenEndpointIsNotFollowedElsewhere) {
  LoopbackServer moved(http_test::redirect(307, idp.url("/token")));
  oauth2().token_url = wire::Url(moved.url());
  RunningFleet fleet({target_of("a", api.url())}, {credential});
  EXPECT_EQ(fleet.next().state, State::credential_unavailable);
  EXPECT_THAT(idp.requests(), testing::IsEmpty());
  EXPECT_EQ(fleet.status().fetches->failures[static_cast<std::size_t>(credential::FetchFailure::http_other)], 1U);
}

class Login : public testing::Test {
 protected:
  Login() {
    login().headers = {{"Content-Type", "application/json"}, {"X-Key", "${key}"}};
    login().body = R"({"password": "${password}"})";
    login().secrets = {{"password", inline_secret("a\"b\\")}, {"key", inline_secret("k1")}};
    login().from_name = "/auth/token";
  }
  ProbeRecord first(const LoopbackServer& server) {
    login().url = wire::Url(server.url("/login"));
    RunningFleet fleet({target_of("a", api.url())}, {credential});
    ProbeRecord record = fleet.next();
    end = fleet.status().expiries;
    return record;
  }

  config::Login& login() { return std::get<config::Login>(credential.kind); }

  LoopbackServer api{answer(200)};
  config::Credential credential = credential_of(config::Login());
  std::vector<credential::Expiry> end;
};

TEST_F(Login, FillsItsSecretsInAsTheBodyWantsThem) {
  LoopbackServer server(answer(200, R"({"auth":{"token":"v1","ttl":600}})"));
  login().expiry_pointer = "/auth/ttl";
  login().send = config::Login::Send::header;
  login().send_name = "X-Vault-Token";
  EXPECT_EQ(first(server).state, State::ok);
  EXPECT_THAT(server.last_request(),
              AllOf(StartsWith("POST /login "), HasSubstr(R"({"password": "a\"b\\"})"), HasSubstr("X-Key: k1\r\n")));
  EXPECT_THAT(api.last_request(), HasSubstr("X-Vault-Token: v1\r\n"));
  ASSERT_EQ(end.size(), 1U);
  EXPECT_EQ(end[0].source, credential::ExpirySource::token_response);
  const auto left = end[0].at - std::chrono::system_clock::now();
  EXPECT_GT(left, 580s);
  EXPECT_LT(left, 620s);
}

TEST_F(Login, TakesACookie) {
  LoopbackServer server(
      answer(303, "", "Set-Cookie: other=x\r\nSet-Cookie: sid=abc; Path=/; HttpOnly\r\nLocation: /\r\n"));
  login().from = config::Login::From::cookie;
  login().from_name = login().send_name = "sid";
  login().send = config::Login::Send::cookie;
  EXPECT_EQ(first(server).state, State::ok);
  EXPECT_THAT(api.last_request(), HasSubstr("Cookie: sid=abc\r\n"));
}

TEST_F(Login, TakesAHeader) {
  LoopbackServer server(answer(201, "", "X-Subject-Token: keystone\r\n"));
  login().from = config::Login::From::header;
  login().from_name = "x-subject-token";
  EXPECT_EQ(first(server).state, State::ok);
  EXPECT_THAT(api.last_request(), HasSubstr("Authorization: Bearer keystone\r\n"));
}

TEST_F(Login, AnAnswerWithoutATokenIsAFailure) {
  for (const char* body :
       {"", "[", "{}", R"({"auth":{"token":true}})", R"({"auth":{"token":""}})", R"({"auth":{"token":"a\r\nX: y"}})"}) {
    LoopbackServer server(answer(200, body));
    EXPECT_EQ(first(server).state, State::credential_unavailable) << body;
  }
  EXPECT_THAT(api.requests(), testing::IsEmpty());
}

TEST(Digest, AnswersAChallengeAndNeverSendsThePassword) {
  LoopbackServer server([](const std::string& request) {
    if (request.find("Authorization: Digest ") != std::string::npos) return answer(200);
    return answer(401, "", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n1\", qop=\"auth\", algorithm=SHA-256\r\n");
  });
  const config::Credential digest = credential_of(config::Digest{inline_secret("me"), inline_secret("hunter2")});
  RunningFleet fleet({target_of("a", server.url("/x"))}, {digest});
  EXPECT_EQ(fleet.next().state, State::ok);
  EXPECT_EQ(fleet.next().state, State::ok);
  ASSERT_GE(server.requests().size(), 4U) << "each probe answers a challenge of its own";
  EXPECT_THAT(server.requests()[0], Not(HasSubstr("Authorization")));
  EXPECT_THAT(server.requests()[1],
              AllOf(HasSubstr("username=\"me\""), HasSubstr("response=\""), HasSubstr("nonce=\"n1\"")));
  EXPECT_THAT(server.requests()[2], Not(HasSubstr("Authorization"))) << "no challenge is remembered";
  for (const auto& request : server.requests()) EXPECT_THAT(request, Not(HasSubstr("hunter2")));
}

TEST(Digest, AChallengeThatCannotBeAnsweredIsNoFailureOfThePassword) {
  for (const char* challenge : {"Digest realm=\"r\", nonce=\"n\", algorithm=FOO-7", "Nonesuch realm=\"r\""}) {
    LoopbackServer server(answer(401, "", "WWW-Authenticate: " + std::string(challenge) + "\r\n"));
    const config::Credential digest = credential_of(config::Digest{inline_secret("me"), inline_secret("hunter2")});
    RunningFleet fleet({target_of("a", server.url())}, {digest});
    for (int i = 0; i < 5; ++i) {
      const ProbeRecord record = fleet.next();
      ASSERT_TRUE(record.refusal);
      EXPECT_EQ(record.refusal->cause, diagnosis::Cause::malformed_credentials) << challenge;
      EXPECT_EQ(record.refusal->confidence, diagnosis::Confidence::likely);
      EXPECT_THAT(record.refusal->evidence, testing::Contains(HasSubstr("no password was sent")));
    }
    EXPECT_EQ(fleet.status().lockout_backoff_seconds, 0) << "there is nothing to count";
    for (const auto& request : server.requests()) EXPECT_THAT(request, Not(HasSubstr("Authorization")));
  }
}

TEST(Digest, AServerThatNeverHasEnoughIsLeft) {
  LoopbackServer server(answer(401, "", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", stale=true\r\n"));
  const config::Credential digest = credential_of(config::Digest{inline_secret("me"), inline_secret("hunter2")});
  RunningFleet fleet({target_of("a", server.url())}, {digest});
  EXPECT_NE(fleet.next().state, State::ok);
  EXPECT_LE(server.requests().size(), 5U);
}

TEST(AwsSigv4, SignsTheRequestWithItsSessionToken) {
  LoopbackServer server(answer(200));
  const config::Credential aws = credential_of(config::AwsSigv4{inline_secret("AKID"),
                                                                inline_secret("aws-hunter2"),
                                                                inline_secret("session-1"),
                                                                "eu-central-1",
                                                                "execute-api",
                                                                {}});
  RunningFleet fleet({target_of("a", server.url("/stage/me"))}, {aws});
  EXPECT_EQ(fleet.next().state, State::ok);
  const std::string request = server.last_request();
  EXPECT_THAT(request, HasSubstr("AWS4-HMAC-SHA256 Credential=AKID/"));
  EXPECT_THAT(request, HasSubstr("/eu-central-1/execute-api/aws4_request"));
  EXPECT_THAT(request, HasSubstr("X-Amz-Security-Token: session-1\r\n"));
  EXPECT_THAT(request, testing::ContainsRegex("SignedHeaders=[^,]*x-amz-security-token"));
  EXPECT_THAT(request, Not(HasSubstr("aws-hunter2")));
}

TEST(Schemes, StayAtTheirOrigin) {
  LoopbackServer elsewhere(answer(401, "", "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\"\r\n"));
  LoopbackServer server(http_test::redirect(302, elsewhere.url()));
  const SecretSource me = inline_secret("me");
  const SecretSource secret = inline_secret("hunter2");
  const config::Credential digest = credential_of(config::Digest{me, secret}, "digest");
  const config::Credential aws = credential_of(config::AwsSigv4{me, secret, {}, "x", "x", {}}, "aws");
  for (const auto& credential : {digest, aws}) {
    config::Target target = target_of("a", server.url(), credential.name);
    auto connection = std::make_shared<config::Connection>(*target.connection);
    connection->max_redirects = 3;
    target.connection = connection;
    RunningFleet fleet({target}, {credential});
    EXPECT_EQ(fleet.next().status, 401);
  }
  ASSERT_EQ(elsewhere.requests().size(), 2U);
  for (const auto& request : elsewhere.requests()) EXPECT_THAT(request, Not(HasSubstr("uthorization")));
}

TEST(Next, IsTriedBesideTheOldOne) {
  LoopbackServer api(
      [](const std::string& request) { return answer(request.find("Bearer new") != std::string::npos ? 403 : 200); });
  config::Credential old = credential_of(config::Bearer{inline_secret("old")}, "a-old");
  old.next = "b-new";
  const config::Credential fresh = credential_of(config::Bearer{inline_secret("new")}, "b-new");
  RunningFleet fleet({target_of("t", api.url(), "a-old"), target_of("u", api.url(), "a-old")}, {old, fresh});
  fleet.run_until([&] { return fleet.status().next->last.has_value(); });
  EXPECT_EQ(fleet.status().next->name, "b-new");
  EXPECT_EQ(fleet.status().next->state, State::forbidden);
  EXPECT_EQ(fleet.status().next->status, 403);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(fleet.next().state, State::ok) << "the targets' own states are not touched";
}

TEST(LockoutGuard, SparesAPasswordThatIsRefusedByWhicheverTarget) {
  std::atomic<bool> refuse{true};
  LoopbackServer api([&](const std::string&) { return answer(refuse ? 401 : 200); });
  const TempFolder folder;
  const config::Credential basic =
      credential_of(config::Basic{inline_secret("me"), {SecretSource::Kind::file, folder.write("password", "wrong")}});
  RunningFleet fleet({target_of("a", api.url()), target_of("b", api.url())}, {basic});
  fleet.run_until([&] { return fleet.status().lockout_backoff_seconds > 0; });
  EXPECT_EQ(fleet.status().lockout_backoff_seconds, 60);
  const std::size_t sent = api.requests().size();
  EXPECT_LE(sent, 4U);  // one may have been under way
  const auto until = steady_clock::now() + 500ms;
  fleet.run_until([&] { return steady_clock::now() > until; });
  EXPECT_LE(api.requests().size(), sent + 1);
  refuse = false;
  folder.write("password", "right");
  fleet.next_in(State::ok);
  EXPECT_EQ(fleet.status().lockout_backoff_seconds, 0);
  EXPECT_EQ(fleet.status().rotations, 1U);
}

}  // namespace
}  // namespace authprobe::prober
