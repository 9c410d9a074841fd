// What an answer does to a target, in virtual time and without a socket.
#include "exporter/prober/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/prober/schedule.h"
#include "tests/support/reveals.h"
#include "tests/support/rules.h"

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using diagnosis::Cause;
using diagnosis::Confidence;
using test::Reveals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::Pair;

config::Target rotating() {
  config::Target target;
  target.name = "me";
  target.url = wire::Url("https://api.example.com/v1/me");
  target.credential = "tok";
  target.interval = 15s;
  target.connection = std::make_shared<config::Connection>();
  target.expect = std::make_shared<config::Expectation>();
  return target;
}

const config::SecretSource kSecret{config::SecretSource::Kind::value, "s3cret-s3cret"};
const config::Basic kBasic{{config::SecretSource::Kind::value, "me"}, kSecret};

std::shared_ptr<credential::Credential> loaded(config::CredentialKind kind) {
  config::Credential config;
  config.name = "tok";
  config.kind = std::move(kind);
  auto credential = std::make_shared<credential::Credential>(config);
  credential->refresh(std::chrono::steady_clock::now());
  return credential;
}

// A target and a clock that stands still unless it is set forward.
class Target {
 public:
  explicit Target(config::Target its_config = rotating(), config::CredentialKind kind = config::Bearer{kSecret})
      : config(std::move(its_config)),
        target(config, {std::make_shared<const Checks>(config.expect),
                        config.credential.empty() ? nullptr : loaded(std::move(kind)), guard, test::rules()}) {}

  Now at() const { return {now, SlotClock::to_wall(now)}; }

  // A whole probe.
  ProbeRecord answers(http::Response response) {
    auto started = target.start(now, at());
    EXPECT_TRUE(std::holds_alternative<http::Request>(started));
    Verdict verdict = target.judge(response, SlotClock::to_wall(now));
    return target.finish(std::move(verdict), response, {}, at());
  }
  ProbeRecord answers(int status, std::string body = "", wire::Headers headers = {}) {
    http::Response response;
    response.status = status;
    response.body = std::move(body);
    response.headers = std::move(headers);
    return answers(std::move(response));
  }
  std::optional<diagnosis::Diagnosis> control_answers(int status, std::string body = "") {
    http::Response response;
    response.status = status;
    if (body.starts_with('<')) response.headers = {{"Content-Type", "text/html"}};
    response.body = std::move(body);
    return target.finish_control(response, {}, SlotClock::to_wall(now));
  }

  std::shared_ptr<LockoutGuard> guard;
  config::Target config;
  SlotTime now{1'795'305'600s};
  ProbedTarget target;
};

// A login as a target without a credential: the password is in the body.
TEST(Target, WhatIsPostedToALoginMayBeItsCredential) {
  const auto cause_of = [](const char* url, const char* body) {
    config::Target config = rotating();
    config.credential = "";
    config.url = wire::Url(url);
    config.body = body;
    return Target(config).answers(401, R"({"message":"Authentication failed"})").refusal->cause;
  };
  EXPECT_EQ(cause_of("https://api.example.com/login", "user=me&password=x"), Cause::invalid_credentials);
  EXPECT_EQ(cause_of("https://api.example.com/login", ""), Cause::missing_credentials);
  EXPECT_EQ(cause_of("https://api.example.com/orders", "id=7"), Cause::missing_credentials);
}

config::Target protected_target() {
  auto config = rotating();
  auto expect = std::make_shared<config::Expectation>();
  expect->is_protected = true;
  config.expect = expect;
  return config;
}

TEST(ProbedTarget, SendsItsCredentialAndTakesTheAnswer) {
  Target me;
  auto started = me.target.start(me.now - 40ms, me.at());
  ASSERT_TRUE(std::holds_alternative<http::Request>(started));
  const auto& request = std::get<http::Request>(started);
  EXPECT_EQ(request.url->url().text(), "https://api.example.com/v1/me");
  EXPECT_THAT(request.authorization.headers, ElementsAre(Pair("Authorization", Reveals("Bearer s3cret-s3cret"))));
  EXPECT_TRUE(me.target.in_flight());
  http::Response response;
  response.status = 200;
  Verdict verdict = me.target.judge(response, SlotClock::to_wall(me.now));
  const ProbeRecord record = me.target.finish(std::move(verdict), response, {}, me.at());
  EXPECT_FALSE(me.target.in_flight());
  EXPECT_EQ(record.state, State::ok);
  EXPECT_EQ(record.last_good, SlotClock::to_wall(me.now));
  EXPECT_DOUBLE_EQ(record.schedule_delay_seconds, 0.04);
}

TEST(ProbedTarget, ARefusalBeginsAnEpisodeAndTheNextGoodAnswerEndsIt) {
  Target me;
  me.answers(200);
  me.now += 15s;
  const WallTime begin = SlotClock::to_wall(me.now);
  const ProbeRecord refused = me.answers(401, R"({"error":"invalid_token","error_description":"The token expired"})");
  EXPECT_EQ(refused.state, State::unauthorized);
  EXPECT_EQ(refused.transition, (Transition{StatusClass::c2xx, StatusClass::c401}));
  EXPECT_EQ(refused.episode_cause, Cause::expired_token);
  ASSERT_TRUE(me.target.memory().state.episode);
  EXPECT_EQ(me.target.memory().state.episode->since, begin);
  me.now += 15s;
  const ProbeRecord again = me.answers(401);
  EXPECT_FALSE(again.transition);
  EXPECT_EQ(me.target.memory().state.episode->since, begin) << "it is one episode";
  me.now += 15s;
  EXPECT_FALSE(me.answers(200).episode_cause);
  EXPECT_FALSE(me.target.memory().state.episode);
}

TEST(ProbedTarget, OurSecretIsHiddenBeforeAnythingQuotesIt) {
  Target me;
  const ProbeRecord record =
      me.answers(401, R"({"error":"invalid_token","error_description":"no such token: s3cret-s3cret"})");
  ASSERT_TRUE(record.refusal);
  EXPECT_THAT(record.refusal->evidence, Not(Contains(HasSubstr("s3cret"))));
  EXPECT_THAT(record.refusal->evidence, Contains(HasSubstr("********")));
}

TEST(ProbedTarget, AControlMovesTheDiagnosisOnBetweenTwoProbes) {
  Target me;
  me.answers(403);
  const auto control = me.target.next_control(me.now);
  ASSERT_TRUE(control);
  EXPECT_EQ(control->control.kind, ControlKind::anonymous);
  EXPECT_THAT(control->request.authorization.headers, IsEmpty());
  EXPECT_FALSE(me.target.next_control(me.now)) << "one at a time";
  const auto updated = me.control_answers(401, "who are you?");
  ASSERT_TRUE(updated);
  EXPECT_EQ(me.target.memory().state.episode->cause, updated->cause);
  EXPECT_EQ(me.target.memory().state.episode->confidence, updated->confidence);
  EXPECT_FALSE(me.target.next_control(me.now)) << "there is no other control to send";
}

TEST(ProbedTarget, AControlThatComesAfterItsEpisodeIsKeptForTheNextOne) {
  Target me;
  me.answers(403);
  ASSERT_TRUE(me.target.next_control(me.now));
  me.answers(200);
  EXPECT_FALSE(me.control_answers(401)) << "no episode is running";
  const ProbeRecord record = me.answers(403);
  EXPECT_THAT(record.refusal->evidence, Contains(HasSubstr("without the credential the same URL answers 401")));
  EXPECT_FALSE(me.target.next_control(me.now)) << "it was sent a moment ago";
}

TEST(ProbedTarget, ControlsAreSentAnewWhereWhatTheyToldIsOld) {
  Target me;
  me.answers(403);
  ASSERT_TRUE(me.target.next_control(me.now));
  me.control_answers(401);
  me.answers(200);
  me.now += 11min;
  const ProbeRecord record = me.answers(403);
  EXPECT_THAT(record.refusal->evidence, Not(Contains(HasSubstr("without the credential"))));
  EXPECT_TRUE(me.target.next_control(me.now));
}

TEST(ProbedTarget, SendsNoControlWhereItsRateIsLimited) {
  Target me;
  me.answers(429);
  EXPECT_FALSE(me.target.next_control(me.now));
}

TEST(ProbedTarget, LeavesTheServerAloneAsLongAsItAsks) {
  Target me;
  const ProbeRecord record = me.answers(429, "", {{"Retry-After", "90"}});
  EXPECT_EQ(record.state, State::rate_limited);
  EXPECT_EQ(record.backoff_seconds, 75) << "beyond its interval of 15 s";
  EXPECT_EQ(me.target.memory().not_before, me.now + 90s - Schedule::kTick);
}

TEST(ProbedTarget, LooksEveryFiveMinutesWhetherItIsOpenToAll) {
  Target me(protected_target());
  me.answers(200);
  const auto look = me.target.next_control(me.now);
  ASSERT_TRUE(look);
  EXPECT_THAT(look->request.authorization.headers, IsEmpty());
  EXPECT_FALSE(me.control_answers(200)) << "it is about no episode";
  EXPECT_EQ(me.answers(200).state, State::exposed);
  me.now += 4min;
  EXPECT_FALSE(me.target.next_control(me.now));
  me.now += 1min;
  ASSERT_TRUE(me.target.next_control(me.now));
  me.control_answers(401);
  EXPECT_EQ(me.answers(200).state, State::ok);
}

// Slack answers 200 to everybody, and says in the body whether it let them in; others answer with a login page.
TEST(ProbedTarget, ARefusalInTheAnonymousAnswerIsNotLetIn) {
  for (const char* body : {R"({"ok":false,"error":"not_authed"})",
                           "<html><head><title>Sign in</title></head><body><form action='/login' method='post'>"
                           "<input type='password' name='password'></form></body></html>"}) {
    Target me(protected_target());
    me.answers(200, R"({"ok":true})");
    ASSERT_TRUE(me.target.next_control(me.now));
    me.control_answers(200, body);
    EXPECT_EQ(me.answers(200, R"({"ok":true})").state, State::ok) << body;
  }
}

TEST(ProbedTarget, AnAnonymousAnswerThatFailsTheChecksIsNotLetIn) {
  auto config = protected_target();
  auto expect = std::make_shared<config::Expectation>(*config.expect);
  expect->json = {{"/ok", "true"}};
  config.expect = expect;
  Target me(std::move(config));
  me.answers(200, R"({"ok":true})");
  ASSERT_TRUE(me.target.next_control(me.now));
  me.control_answers(200, R"({"ok":false})");
  EXPECT_EQ(me.answers(200, R"({"ok":true})").state, State::ok);
}

TEST(ProbedTarget, ThereIsNoAnonymousRequestWhereTheSecretIsPartOfTheUrl) {
  auto config = rotating();
  config.url = wire::Url("https://api.example.com/bot{key}/me");
  Target me(std::move(config), config::UrlPath{kSecret});
  EXPECT_EQ(me.answers(401).state, State::unauthorized);
  EXPECT_FALSE(me.target.next_control(me.now));
}

TEST(ProbedTarget, WithoutACredentialThereIsNothingToProtect) {
  auto config = protected_target();
  config.credential.clear();
  Target me(std::move(config));
  me.answers(200);
  EXPECT_FALSE(me.target.next_control(me.now));
}

TEST(ProbedTarget, ASecretThatCannotBeReadIsARecordWithoutARequest) {
  auto config = rotating();
  config::Credential missing;
  missing.kind = config::Bearer{{config::SecretSource::Kind::file, "/no/such/file"}};
  auto credential = std::make_shared<credential::Credential>(missing);
  credential->refresh(std::chrono::steady_clock::now());
  ProbedTarget target(config, {std::make_shared<const Checks>(config.expect), credential, nullptr, test::rules()});
  const Now now{SlotTime(1'795'305'600s), WallTime(1'795'305'600s)};
  auto started = target.start(now.slot, now);
  ASSERT_TRUE(std::holds_alternative<ProbeRecord>(started));
  EXPECT_EQ(std::get<ProbeRecord>(started).state, State::credential_unavailable);
  EXPECT_THAT(std::get<ProbeRecord>(started).detail, HasSubstr("/no/such/file"));
  EXPECT_TRUE(target.memory().probed);
}

TEST(ProbedTarget, AProbeOnDemandLeavesNoTrace) {
  Target me;
  me.answers(200);
  ASSERT_TRUE(std::holds_alternative<http::Request>(me.target.start_on_demand(1s, me.at())));
  http::Response response;
  response.status = 401;
  const ProbeRecord record = me.target.finish_on_demand(response, {}, me.at());
  EXPECT_EQ(record.state, State::unauthorized);
  EXPECT_EQ(me.target.memory().state.state, State::ok);
  EXPECT_FALSE(me.target.memory().state.episode);
}

TEST(AProxyThatOpensNoTunnel, HasRefusedNoPassword) {
  Target me;
  me.guard = std::make_shared<LockoutGuard>();
  me.target.move_to(me.config,
                    {std::make_shared<const Checks>(me.config.expect), loaded(kBasic), me.guard, test::rules()});
  for (int i = 0; i < 10; ++i) {
    http::Response response;
    response.status = 401;
    response.from_proxy = true;
    const ProbeRecord record = me.answers(std::move(response));
    EXPECT_EQ(record.state, State::unauthorized);
    ASSERT_TRUE(record.refusal);
    EXPECT_EQ(record.refusal->cause, Cause::missing_credentials);
    me.now += 15s;
  }
  EXPECT_EQ(me.guard->rest(), 0s);
}

}  // namespace
}  // namespace authprobe::prober
