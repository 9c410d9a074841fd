// When an issuer's list is read, in virtual time: pages without delay, again after the interval, later after failures.
#include "exporter/prober/inventory_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tests/inventory/lists.h"
#include "tests/support/rules.h"

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using inventory::Failure;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNull;
using testing::NotNull;

const SlotTime kTaskStart(1'800'000'000s);

http::Response page(int status, std::string body = "[]", wire::Headers headers = {}) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  response.headers = std::move(headers);
  return response;
}

class Reading : public testing::Test {
 protected:
  Reading() {
    config.name = "admin";
    config.kind = config::Bearer{{config::SecretSource::Kind::value, "a-secret-of-the-list"}};
  }
  void begin() {
    credential = std::make_shared<credential::Credential>(config);
    credential->refresh(std::chrono::steady_clock::now());
    config::Inventory rules = test::inventory_of(test::tokens());
    rules.connection = std::make_shared<const config::Connection>();
    task.emplace(rules, credential);
  }
  // Goes on to the next request, and says how long that took.
  std::chrono::milliseconds next() {
    const SlotTime before = now;
    now = std::max(now, task->due());
    request = task->next_request(now);
    return now - before;
  }
  void take(const http::Response& response) { task->on_response(response, now); }
  inventory::Status status() const {
    CredentialStatus made;
    task->fill_status(made);
    return made.inventories.at(0);
  }

  config::Credential config;
  std::shared_ptr<credential::Credential> credential;
  std::optional<InventoryTask> task;
  std::optional<http::Request> request;
  SlotTime now = kTaskStart;
};

TEST_F(Reading, BeginsAtOnceAndAgainAfterTheInterval) {
  begin();
  EXPECT_EQ(next(), 0s);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->url->url().text(), "https://issuer.example/tokens?size=2");
  take(page(200, R"([{"id":1}])", {{"Link", "</tokens?page=2>; rel=next"}}));
  EXPECT_THAT(status().list, IsNull());
  EXPECT_EQ(next(), 0s);
  now += 20s;
  take(page(200, R"([{"id":2}])"));
  ASSERT_THAT(status().list, NotNull());
  EXPECT_EQ(status().list->entries.size(), 2u);
  EXPECT_THAT(task->take_new_list(), NotNull());
  EXPECT_THAT(task->take_new_list(), IsNull());
  EXPECT_EQ(next(), 1h - 20s);
}

TEST_F(Reading, FailuresAreRepeatedLessAndLessOftenAndKeepTheList) {
  begin();
  next();
  take(page(200, R"([{"id":1}])"));
  next();
  std::vector<std::chrono::seconds> waits;
  for (int i = 0; i < 8; ++i) {
    take(page(500));
    waits.push_back(std::chrono::duration_cast<std::chrono::seconds>(next()));
  }
  EXPECT_THAT(waits, ElementsAre(30s, 60s, 120s, 240s, 480s, 960s, 1920s, 3600s));
  EXPECT_THAT(status().list, NotNull());
  EXPECT_EQ(status().failure, Failure::status);
  EXPECT_EQ(status().failures[static_cast<std::size_t>(Failure::status)], 8u);
  take(page(200));
  EXPECT_EQ(status().failure, Failure::none);
  EXPECT_EQ(status().problem, "");
}

TEST_F(Reading, ALimitedRateDelaysThePageAndIsNoFailure) {
  begin();
  next();
  take(page(429, "", {{"Retry-After", "70"}}));
  EXPECT_EQ(next(), 70s);
  take(page(429));
  EXPECT_EQ(next(), 30s);
  take(page(200));
  EXPECT_THAT(status().list, NotNull());
  EXPECT_EQ(status().failure, Failure::none);
}

TEST_F(Reading, ALimitThatOutlastsTheIntervalIsAFailure) {
  begin();
  next();
  take(page(503, "", {{"Retry-After", "7200"}}));
  EXPECT_EQ(status().failure, Failure::rate_limited);
  EXPECT_EQ(next(), 2h);
}

TEST_F(Reading, AnEmptyBudgetIsNotOverdrawn) {
  begin();
  next();
  take(page(200, R"([{"id":1}])",
            {{"Link", "</tokens?page=2>; rel=next"},
             {"X-RateLimit-Limit", "9"},
             {"X-RateLimit-Remaining", "0"},
             {"X-RateLimit-Reset", "40"}}));
  EXPECT_EQ(next(), 40s);
}

TEST_F(Reading, ARefusedPasswordIsNotTriedAgain) {
  config.kind = config::Basic{{config::SecretSource::Kind::value, "admin"},
                              {config::SecretSource::Kind::value, "a-password-of-the-list"}};
  begin();
  next();
  take(page(401));
  EXPECT_EQ(status().failure, Failure::refused);
  EXPECT_EQ(task->due(), SlotTime::max());
}

TEST_F(Reading, NothingIsSentWithoutACredentialOrAwayFromHome) {
  config.hosts = {"other.example"};
  begin();
  next();
  EXPECT_FALSE(request);
  EXPECT_EQ(status().failure, Failure::elsewhere);
  config.hosts.clear();
  config.kind = config::Bearer{{config::SecretSource::Kind::env, "AUTHPROBE_TEST_NO_SUCH_VARIABLE"}};
  begin();
  next();
  EXPECT_FALSE(request);
  EXPECT_EQ(status().failure, Failure::credential);
}

TEST_F(Reading, OurOwnSecretIsNotRepeated) {
  begin();
  next();
  take(page(200, R"([{"id":1,"name":"Bearer a-secret-of-the-list"}])"));
  ASSERT_THAT(status().list, NotNull());
  EXPECT_THAT(status().list->entries.at(0).name, Not(HasSubstr("a-secret-of")));
}

// AWS limits the rate under a status of its own.
TEST_F(Reading, ALimitThatOnlyTheBodyTellsOfIsHonoured) {
  begin();
  task->set_rules(test::rules());
  next();
  take(page(400,
            "<ErrorResponse><Error><Code>Throttling</Code><Message>Rate exceeded</Message></Error></ErrorResponse>"));
  EXPECT_EQ(next(), InventoryTask::kUsualPause);
  EXPECT_EQ(request->url->url().text(), "https://issuer.example/tokens?size=2");
  take(page(400, "<ErrorResponse><Error><Code>ValidationError</Code></Error></ErrorResponse>"));
  EXPECT_EQ(status().failure, Failure::status);
}

TEST_F(Reading, AnIdThatSharesSomeCharactersWithTheSecretStaysWhole) {
  begin();
  next();
  take(page(200, R"([{"id":"7secret7","name":"7secret7"},{"id":"x a-secret-of-the-list"}])"));
  const auto& entries = status().list->entries;
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_THAT(entries[0].id + entries[1].id, testing::Not(HasSubstr("a-secret-of-the-list")));
  EXPECT_THAT(entries[0].id + entries[1].id, HasSubstr("7secret7"));
}

// A list whose second step has a request for each row of the first.
class ReadingOfEntries : public Reading {
 protected:
  void SetUp() override {
    config::SecretList list = test::tokens({});
    list.steps.insert(list.steps.begin(), test::step("https://issuer.example/users"));
    list.steps[0].gives = {{"user", test::in_row("/login")}};
    list.steps[1].url = "https://issuer.example/users/{user}/tokens";
    credential = std::make_shared<credential::Credential>(config);
    credential->refresh(std::chrono::steady_clock::now());
    config::Inventory rules = test::inventory_of(std::move(list));
    rules.connection = std::make_shared<const config::Connection>();
    task.emplace(rules, credential);
    for (auto& helper : task->helpers()) helpers.push_back(std::move(helper));
    next();
  }
  // Of `count` users.
  static std::string users(int count) {
    std::string rows;
    for (int user = 0; user < count; ++user)
      rows += (user > 0 ? "," : "") + std::string(R"({"login":"u)") + std::to_string(user) + "\"}";
    return '[' + rows + ']';
  }
  // Each task sends its request, if it has one to send.
  std::size_t send_all() {
    std::vector<CredentialTask*> all{&*task};
    for (const auto& helper : helpers) all.push_back(helper.get());
    std::size_t sent = 0;
    for (CredentialTask* one : all) {
      if (std::ranges::find(busy, one) != busy.end() || one->due() > now) continue;
      const auto next_one = one->next_request(now);
      if (!next_one) continue;
      urls.push_back(next_one->url->url().text());
      busy.push_back(one);
      ++sent;
    }
    return sent;
  }
  // The answer to the request that was sent last.
  void take_last(const http::Response& response) {
    CredentialTask* one = busy.back();
    busy.pop_back();
    one->on_response(response, now);
  }

  std::vector<std::unique_ptr<CredentialTask>> helpers;
  std::vector<CredentialTask*> busy;
  std::vector<std::string> urls;
};

TEST_F(ReadingOfEntries, AreInProgressSideBySide) {
  EXPECT_EQ(send_all(), 0u);  // the first page waits for nobody, and nobody begins before it
  take(page(200, users(20)));
  EXPECT_EQ(send_all(), InventoryTask::kMostInProgress);
  for (int user = 0; user < 20; ++user) {
    EXPECT_THAT(status().list, IsNull());
    take_last(page(200, R"([{"id":)" + std::to_string(user) + "}]"));
    send_all();
  }
  ASSERT_THAT(status().list, NotNull());
  EXPECT_EQ(status().list->entries.size(), 20u);
  std::ranges::sort(urls);
  EXPECT_EQ(std::ranges::adjacent_find(urls), urls.end());
  EXPECT_EQ(urls.size(), 20u);
  for (const auto& helper : helpers) EXPECT_EQ(helper->due(), SlotTime::max());
}

TEST_F(ReadingOfEntries, AreFewerWhereTheIssuerLimitsTheRate) {
  take(page(200, users(20)));
  send_all();
  while (!busy.empty()) take_last(page(429, "", {{"Retry-After", "5"}}));
  EXPECT_EQ(send_all(), 0u);
  now += 5s;
  EXPECT_EQ(send_all(), InventoryTask::kMostInProgress / 2);
  take_last(page(429));
  take_last(page(200));  // does not end the pause that the other one asked for
  EXPECT_EQ(send_all(), 0u);
  now += InventoryTask::kUsualPause;
  send_all();
  EXPECT_EQ(busy.size(), InventoryTask::kMostInProgress / 4);
}

TEST_F(ReadingOfEntries, StayWithinTheBudgetThatAnAnswerTellsOf) {
  take(page(200, users(20), {{"X-RateLimit-Limit", "9"}, {"X-RateLimit-Remaining", "3"}, {"X-RateLimit-Reset", "40"}}));
  EXPECT_EQ(send_all(), 3u);
}

TEST_F(ReadingOfEntries, OfAFailedListCountForNothing) {
  take(page(200, users(8)));
  send_all();
  take_last(page(500));
  EXPECT_EQ(status().failure, Failure::status);
  while (busy.size() > 1) take_last(page(500));
  EXPECT_EQ(status().failures[static_cast<std::size_t>(Failure::status)], 1u);
  EXPECT_EQ(busy.front(), &*task);
  take_last(page(200));
  EXPECT_EQ(next(), InventoryTask::kFirstRetry);
  EXPECT_EQ(request->url->url().text(), "https://issuer.example/users");
}

}  // namespace
}  // namespace authprobe::prober
