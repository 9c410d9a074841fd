// Targets with what they share, in virtual time and without a socket: tokens that end unannounced.
#include "exporter/prober/fleet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/support/rules.h"

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

// Two targets whose token is fetched, an identity provider that hands out t1, t2, ..., and a clock.
class Renewal : public testing::Test {
 protected:
  static std::shared_ptr<config::Config> configured() {
    auto config = std::make_shared<config::Config>();
    config::Credential credential;
    credential.name = "crm";
    auto& oauth2 = credential.kind.emplace<config::Oauth2>();
    oauth2.client_id = {config::SecretSource::Kind::value, "me"};
    oauth2.client_secret = {config::SecretSource::Kind::value, "s3cret"};
    oauth2.token_url = wire::Url("https://idp.example/token");
    credential.connection = std::make_shared<config::Connection>();
    config->credentials.push_back(credential);
    for (const char* name : {"a", "b"}) {
      config::Target target;
      target.name = name;
      target.url = wire::Url("https://api.example/me");
      target.credential = "crm";
      target.interval = 3s;
      target.connection = std::make_shared<config::Connection>();
      target.expect = std::make_shared<config::Expectation>();
      config->targets.push_back(target);
    }
    return config;
  }

  Now at() const { return {now, SlotClock::to_wall(now)}; }

  // Hands out tokens to whoever asks now; how often somebody did.
  int fetch_tokens() {
    int fetches = 0;
    for (auto& task : fleet.credentials().start_due(now)) {
      ++fetches;
      http::Response response;
      response.status = idp_status;
      response.body = R"({"access_token":"t)" + std::to_string(++handed_out) + R"("})";
      fleet.credentials().finish(task.number, response, now);
    }
    return fetches;
  }

  // The probes that start now, as the tokens that they carry.
  std::map<std::size_t, std::string> start() {
    std::map<std::size_t, std::string> tokens;
    fleet.offer_due(now);
    while (const auto target = fleet.next_to_start()) {
      auto started = fleet.start(*target, at());
      if (const auto* request = std::get_if<http::Request>(&started)) {
        tokens[*target] = request->authorization.headers.at(0).second.reveal();
      } else if (auto* record = std::get_if<ProbeRecord>(&started)) {
        concluded = std::move(*record);
      }
    }
    return tokens;
  }

  std::optional<ProbeRecord> answer(std::size_t target, int status) {
    http::Response response;
    response.status = status;
    return fleet.finish(target, response, at());
  }

  // Both targets are ok with t1, and their next slots have come.
  void SetUp() override {
    for (int ok = 0; ok < 2; now += 100ms) {
      ASSERT_LT(now, latest);
      fetch_tokens();
      for (const auto& [target, token] : start()) ok += answer(target, 200)->state == State::ok;
    }
    now += 20s;
    for (int started = 0; started < 2; now += 100ms) {
      ASSERT_LT(now, latest);
      fetch_tokens();
      for (const auto& [target, token] : start()) {
        EXPECT_EQ(token, "Bearer t1");
        ++started;
      }
    }
  }

  std::uint64_t renewals() const { return fleet.credential_statuses().at(0).fetches->renewals; }

  SlotTime now{1'800'000'000s};
  const SlotTime latest = now + 10min;  // of virtual time: a probe that never starts ends a test, too
  std::shared_ptr<config::Config> config = configured();
  Fleet fleet{config, test::rules(), now};
  int handed_out = 0;
  int idp_status = 200;
  std::optional<ProbeRecord> concluded;
};

TEST_F(Renewal, ATokenThatEndsUnannouncedIsNoRefusal) {
  EXPECT_FALSE(answer(0, 401)) << "the probe is not over";
  EXPECT_EQ(start().size(), 0U) << "it waits for the token";
  now += 100ms;
  EXPECT_EQ(fetch_tokens(), 1);
  EXPECT_EQ(start(), (std::map<std::size_t, std::string>{{0, "Bearer t2"}}));
  const auto record = answer(0, 200);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->state, State::ok);
  EXPECT_EQ(record->previous_state, State::ok);
  EXPECT_FALSE(record->transition);
  EXPECT_EQ(renewals(), 1U);
}

TEST_F(Renewal, ANewTokenThatIsRefusedIsARefusal) {
  answer(0, 401);
  now += 100ms;
  fetch_tokens();
  start();
  const auto record = answer(0, 401);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->state, State::unauthorized);
  EXPECT_THAT(record->refusal->evidence, testing::Contains(HasSubstr("with a new token")));
  for (int i = 0; i < 600; ++i, now += 100ms) {
    EXPECT_EQ(fetch_tokens(), 0) << "no second token in one episode";
    for (const auto& [target, token] : start()) answer(target, target == 0 ? 401 : 200);
  }
  EXPECT_EQ(renewals(), 1U);
}

TEST_F(Renewal, WithoutANewTokenTheRefusalStands) {
  answer(0, 401);
  idp_status = 503;
  now += 100ms;
  EXPECT_EQ(fetch_tokens(), 1);
  EXPECT_EQ(start().size(), 0U) << "nothing is sent with the old token";
  ASSERT_TRUE(concluded);
  EXPECT_EQ(concluded->state, State::unauthorized);
  EXPECT_EQ(concluded->status, 401);
  EXPECT_EQ(renewals(), 0U);
}

TEST_F(Renewal, ANewTokenServesAllThatWereRefusedWithTheOld) {
  answer(0, 401);
  now += 100ms;
  fetch_tokens();
  start();
  EXPECT_FALSE(answer(1, 401)) << "it was sent with the old token, and there is a newer one";
  EXPECT_EQ(start(), (std::map<std::size_t, std::string>{{1, "Bearer t2"}}));
  EXPECT_EQ(answer(1, 200)->state, State::ok);
  EXPECT_EQ(fetch_tokens(), 0);
}

TEST_F(Renewal, TokensAreNotFetchedInLessThanTheFloor) {
  answer(0, 401);
  now += 100ms;
  fetch_tokens();
  start();
  answer(0, 200);
  answer(1, 200);
  for (; !start().contains(0); now += 100ms) ASSERT_LT(now, latest);  // 3 s later
  const auto record = answer(0, 401);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->state, State::unauthorized);
  EXPECT_EQ(fetch_tokens(), 0);
}

TEST_F(Renewal, OtherRefusalsStand) {
  const auto record = answer(0, 403);
  ASSERT_TRUE(record);
  EXPECT_EQ(record->state, State::forbidden);
}

TEST_F(Renewal, IsSwitchedOffWithItsControl) {
  auto other = configured();
  for (config::Target& target : other->targets) target.controls.fresh_token = false;
  Fleet without(other, test::rules(), now);
  std::optional<ProbeRecord> record;
  for (; !record; now += 100ms) {
    ASSERT_LT(now, latest);
    for (auto& task : without.credentials().start_due(now)) {
      http::Response response;
      response.status = 200;
      response.body = R"({"access_token":"t"})";
      without.credentials().finish(task.number, response, now);
      now += 20s;
    }
    without.offer_due(now);
    const auto target = without.next_to_start();
    if (!target || !std::holds_alternative<http::Request>(without.start(*target, at()))) continue;
    http::Response response;
    response.status = 401;
    record = without.finish(*target, response, at());
    ASSERT_TRUE(record);
  }
  EXPECT_EQ(record->state, State::unauthorized);
}

// A thousand targets whose one JWT is refused.
class DeadToken : public testing::Test {
 protected:
  static std::shared_ptr<config::Config> configured() {
    auto config = std::make_shared<config::Config>();
    config::Credential credential;
    credential.name = "jwt";
    // {"alg":"RS256","kid":"k1"}, {"iss":"https://idp.example"}
    credential.kind =
        config::Bearer{{config::SecretSource::Kind::value,
                        "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIn0.c2ln"}};
    credential.issuer.url = wire::Url("https://idp.example");
    credential.connection = std::make_shared<config::Connection>();
    config->credentials.push_back(credential);
    for (int i = 0; i < 1000; ++i) {
      config::Target target;
      target.name = "t" + std::to_string(i);
      target.url = wire::Url("https://api.example/me");
      target.credential = "jwt";
      target.controls.issuer = i != 7;
      target.connection = std::make_shared<config::Connection>();
      target.expect = std::make_shared<config::Expectation>();
      config->targets.push_back(target);
    }
    return config;
  }

  // Probes each target at least once, with this answer; the issuer answers as `idp_status` says.
  void probe_all(int status) {
    for (const SlotTime end = now + 16s; now < end; now += 100ms) {
      ask_issuer();
      fleet.offer_due(now);
      while (const auto target = fleet.next_to_start()) {
        fleet.start(*target, {now, SlotClock::to_wall(now)});
        http::Response response;
        response.status = status;
        const auto record = fleet.finish(*target, response, {now, SlotClock::to_wall(now)});
        if (record && record->refusal) last[*target] = *record->refusal;
      }
    }
  }

  void ask_issuer() {
    for (auto& task : fleet.credentials().start_due(now)) {
      asked.push_back(task.request.url->url().text());
      http::Response response;
      response.status = 503;
      const auto updates = fleet.finish_task(task.number, response, now);
      updated += updates.size();
    }
  }

  SlotTime now{1'800'000'000s};
  Fleet fleet{configured(), test::rules(), now};
  std::vector<std::string> asked;
  std::size_t updated = 0;
  std::map<std::size_t, diagnosis::Diagnosis> last;
};

TEST_F(DeadToken, ItsIssuerIsAskedOnceForAllTargets) {
  probe_all(401);
  probe_all(401);
  EXPECT_EQ(asked, std::vector<std::string>{"https://idp.example/.well-known/openid-configuration"});
  EXPECT_GT(updated, 0U) << "those that were refused before the answer";
  ASSERT_EQ(last.size(), 1000U);
  EXPECT_EQ(last[1].cause, diagnosis::Cause::auth_service_down);
  EXPECT_EQ(last[1].confidence, diagnosis::Confidence::likely);
}

TEST_F(DeadToken, ATargetWithoutTheControlKeepsItsDiagnosis) {
  probe_all(401);
  probe_all(401);
  const auto target = std::ranges::find(fleet.config().targets, "t7", &config::Target::name);
  EXPECT_NE(last[static_cast<std::size_t>(target - fleet.config().targets.begin())].cause,
            diagnosis::Cause::auth_service_down);
}

TEST_F(DeadToken, ItsIssuerIsAskedAgainInAnotherEpisode) {
  probe_all(401);
  probe_all(200);
  now += 60s;
  probe_all(200);
  probe_all(401);
  EXPECT_EQ(asked.size(), 2U);
}

TEST_F(DeadToken, NobodyIsAskedWhileItWorks) {
  probe_all(200);
  probe_all(503);
  EXPECT_TRUE(asked.empty());
}

// Some that are refused, after others that failed or gave no answer: these were not let in.
TEST_F(DeadToken, TargetsThatFailOrAreSilentDoNotShowThatTheCredentialWorks) {
  probe_all(200);
  const auto probe = [&](int status) {
    auto target = fleet.next_to_start();
    for (; !target; target = fleet.next_to_start()) fleet.offer_due(now += 100ms);
    fleet.start(*target, {now, SlotClock::to_wall(now)});
    http::Response response;
    response.status = status;
    if (status == 0) response.error = http::TransportError::connect;
    return fleet.finish(*target, response, {now, SlotClock::to_wall(now)});
  };
  now += 16s;
  EXPECT_TRUE(probe(401)->refusal);
  EXPECT_FALSE(probe(500)->refusal);
  EXPECT_FALSE(probe(0)->refusal);
  const auto record = probe(401);
  ASSERT_TRUE(record && record->refusal);
  for (const std::string& line : record->refusal->evidence) {
    EXPECT_THAT(line, testing::Not(HasSubstr("works at"))) << "nobody was let in since";
  }
}

// Two targets of a scoped include whose patterns are searched for long, and one that nobody bounds.
class SlowPatterns : public testing::Test {
 protected:
  static std::shared_ptr<config::Config> configured() {
    auto config = std::make_shared<config::Config>();
    config->scopes.push_back({"/teams/shop/*.toml"});
    for (const char* name : {"a", "b", "own"}) {
      config::Target target;
      target.name = name;
      target.url = wire::Url("https://api.example/" + target.name);
      target.interval = 1s;
      if (target.name != "own") target.scope = config->scopes[0].files;
      target.connection = std::make_shared<config::Connection>();
      config::Expectation expect;
      expect.body_matches.emplace_back("[ab]*a[ab]{200}c", config::ScopedPatterns::kMemory);
      target.expect = std::make_shared<config::Expectation>(expect);
      config->targets.push_back(target);
    }
    return config;
  }

  // Starts all that may, and answers: how often each target was judged.
  void round() {
    fleet.offer_due(now);
    while (const auto target = fleet.next_to_start()) {
      fleet.start(*target, {now, SlotClock::to_wall(now)});
      http::Response response;
      response.status = 200;
      response.body = std::string(http::kBodyKept, 'a');
      if (fleet.finish(*target, response, {now, SlotClock::to_wall(now)})) ++judged[*target];
    }
  }

  SlotTime now = SlotClock::from(WallTime(std::chrono::hours(500'000)));
  Fleet fleet{configured(), test::rules(), now};
  std::map<std::size_t, int> judged;
};

TEST_F(SlowPatterns, TakeAShareOfTheLoopAndNoMore) {
  for (int i = 0; i < 20; ++i, now += 1s) round();
  EXPECT_GE(judged[2], 18);
  EXPECT_GE(judged[0] + judged[1], 1);
  EXPECT_LT(judged[0] + judged[1], 38);
  EXPECT_GE(fleet.slots_missed(), 38u - static_cast<unsigned>(judged[0] + judged[1]));
}

TEST_F(SlowPatterns, HoldUpNoReadiness) {
  while (judged[2] == 0) {
    fleet.offer_due(now += 100ms);
    while (const auto target = fleet.next_to_start()) {
      fleet.start(*target, {now, SlotClock::to_wall(now)});
      http::Response response;
      if (*target == 2 && fleet.finish(*target, response, {now, SlotClock::to_wall(now)})) ++judged[2];
    }
  }
  EXPECT_TRUE(fleet.first_round_done());
}

}  // namespace
}  // namespace authprobe::prober
