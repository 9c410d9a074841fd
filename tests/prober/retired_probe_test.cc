// The value before the one in use, in virtual time: when it is tried, and what becomes of it.
#include "exporter/prober/retired_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/reveals.h"
#include "tests/support/rules.h"
#include "tests/support/temp_folder.h"

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using test::Reveals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;

http::Response last_answer(int status, std::string body = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

// A credential in a file, its target and a clock that begins now: the time of the replacement is the real one.
class Retired : public testing::Test {
 protected:
  Retired() {
    config::Credential config;
    config.name = "ci";
    config.kind = config::Bearer{{config::SecretSource::Kind::file, folder.write("token", "the-first")}};
    config.retire = 24h * 7;
    config.expiry.header.name = "X-Token-Expires";
    credential = std::make_shared<credential::Credential>(config);
    credential->refresh(read_at);
    probe.emplace(credential);
    target.name = "ci";
    target.url = wire::Url("https://api.example/me");
    target.interval = 15s;
    target.connection = std::make_shared<config::Connection>();
    target.expect = std::make_shared<config::Expectation>();
    probe->use(target, test::rules());
  }

  void replace(const std::string& value) {
    folder.write("token", value);
    credential->refresh(read_at += 1s);
  }
  std::optional<http::Request> after(std::chrono::milliseconds time) { return probe->next_request(now += time); }
  RetiredState state() const {
    CredentialStatus status;
    probe->fill_status(status);
    return status.previous->state;
  }
  RetiredState answers(int status, const std::string& body = {}) {
    probe->on_response(last_answer(status, body), now);
    return state();
  }

  http_test::TempFolder folder;
  std::chrono::steady_clock::time_point read_at = std::chrono::steady_clock::now();
  SlotTime now = SlotClock::from(std::chrono::system_clock::now());
  std::shared_ptr<credential::Credential> credential;
  config::Target target;
  std::optional<RetiredProbe> probe;
};

TEST_F(Retired, NothingIsSentBeforeAReplacement) {
  EXPECT_FALSE(after(0s));
  EXPECT_FALSE(after(1h));
  EXPECT_EQ(state(), RetiredState::none);
}

TEST_F(Retired, WhatTheAnswerSaysOfTheOldValueIsNotTakenForTheOneInUse) {
  replace("the-second");
  ASSERT_TRUE(after(15s));
  http::Response response = last_answer(200);
  response.headers = {{"X-OAuth-Scopes", "read, write"}, {"X-Token-Expires", "2030-01-01 00:00:00 UTC"}};
  probe->on_response(response, now);
  EXPECT_EQ(state(), RetiredState::accepted);
  EXPECT_EQ(credential->metadata().granted_scopes(), std::nullopt);
  EXPECT_THAT(credential->metadata().observed(), IsEmpty());
}

TEST_F(Retired, WhatAnAnswerSaysOfTheValueThatWasReplacedMeanwhileIsNotTakenForTheOneInUse) {
  ProbedTarget own(target, {std::make_shared<const Checks>(target.expect), credential, nullptr, test::rules()});
  const auto scopes_after = [&](bool replaces) {
    EXPECT_TRUE(std::holds_alternative<http::Request>(own.start(now, {now, SlotClock::to_wall(now)})));
    if (replaces) replace("the-second");
    http::Response response = last_answer(200);
    response.headers = {{"X-OAuth-Scopes", "read"}};
    own.judge(response, SlotClock::to_wall(now));
    return credential->metadata().granted_scopes();
  };
  EXPECT_EQ(scopes_after(true), std::nullopt);
  EXPECT_THAT(scopes_after(false), Optional(ElementsAre("read")));
}

TEST_F(Retired, TheOldValueIsTriedOnceAnHourUntilItIsRefusedTwice) {
  replace("the-second");
  const auto request = after(15s);
  ASSERT_TRUE(request);
  EXPECT_THAT(request->authorization.headers, ElementsAre(Pair("Authorization", Reveals("Bearer the-first"))));
  EXPECT_EQ(state(), RetiredState::untried);
  EXPECT_EQ(answers(200), RetiredState::accepted);
  EXPECT_FALSE(after(59min));
  ASSERT_TRUE(after(2min));
  EXPECT_EQ(answers(401, R"({"error":"invalid_token"})"), RetiredState::refused);
  ASSERT_TRUE(after(1h));
  EXPECT_TRUE(credential->has_retired());
  EXPECT_EQ(answers(401, R"({"error":"invalid_token"})"), RetiredState::refused);
  EXPECT_FALSE(credential->has_retired()) << "it stays in memory for nothing";
  EXPECT_FALSE(after(1h));
  EXPECT_EQ(state(), RetiredState::refused);
}

TEST_F(Retired, OneThatStillWorksAfterItsTimeIsOverdue) {
  replace("the-second");
  ASSERT_TRUE(after(15s));
  EXPECT_EQ(answers(200), RetiredState::accepted);
  after(24h * 7 - 1min);
  EXPECT_EQ(answers(200), RetiredState::accepted);
  after(2min);
  EXPECT_EQ(state(), RetiredState::overdue);
  ASSERT_TRUE(after(1h));
  EXPECT_EQ(answers(200), RetiredState::overdue);
  ASSERT_TRUE(after(1h));
  EXPECT_EQ(answers(401), RetiredState::refused);
}

TEST_F(Retired, TroubleOfTheServerSaysNothingOfIt) {
  replace("the-second");
  for (const int status : {503, 429, 500, 0}) {
    ASSERT_TRUE(after(1h + 1s));
    EXPECT_EQ(answers(status), RetiredState::untried) << status;
  }
  ASSERT_TRUE(after(1h + 1s));
  EXPECT_EQ(answers(403, R"({"error":"insufficient_scope"})"), RetiredState::untried);
}

TEST_F(Retired, TheNextReplacementBeginsAnew) {
  replace("the-second");
  ASSERT_TRUE(after(15s));
  EXPECT_EQ(answers(200), RetiredState::accepted);
  replace("the-third");
  const auto request = after(15s);
  ASSERT_TRUE(request);
  EXPECT_THAT(request->authorization.headers, ElementsAre(Pair("Authorization", Reveals("Bearer the-second"))));
  EXPECT_EQ(state(), RetiredState::untried);
}

TEST_F(Retired, AnAnswerNeverRepeatsIt) {
  replace("the-second");
  ASSERT_TRUE(after(15s));
  std::string text = "no: the-first";
  credential->secret_mask().mask(text);
  EXPECT_EQ(text.find("the-first"), std::string::npos);
}

}  // namespace
}  // namespace authprobe::prober
