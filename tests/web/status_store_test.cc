// What pages see of targets: what the probing thread has recorded, also over a reload.
#include "exporter/web/status_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace authprobe::web {
namespace {

using diagnosis::Cause;
using diagnosis::Confidence;
using prober::State;
using testing::ElementsAre;

std::shared_ptr<const config::Config> config_of(const std::vector<std::string>& names) {
  auto config = std::make_shared<config::Config>();
  for (const std::string& name : names) {
    config::Target target;
    target.name = name;
    target.url = wire::Url("https://api.example.com/" + name);
    config->targets.push_back(target);
  }
  return config;
}

void reload(StatusStore& store, const std::shared_ptr<const config::Config>& config) {
  store.reload(config, StatusStore::rows_of(config));
}

prober::ProbeRecord refused_record(std::size_t target) {
  prober::ProbeRecord record;
  record.target = target;
  record.state = State::unauthorized;
  record.previous_state = State::ok;
  record.status = 401;
  record.transition = prober::Transition{prober::StatusClass::c2xx, prober::StatusClass::c401};
  record.refusal.emplace();
  record.refusal->evidence = {"because"};
  record.episode_cause = Cause::expired_token;
  record.episode_confidence = Confidence::certain;
  return record;
}

prober::ProbeRecord recovered(std::size_t target) {
  prober::ProbeRecord record;
  record.target = target;
  record.state = State::ok;
  record.previous_state = State::unauthorized;
  record.status = 200;
  record.transition = prober::Transition{prober::StatusClass::c401, prober::StatusClass::c2xx};
  return record;
}

TEST(StatusStore, MarksATargetWithoutProbesAsStale) {
  StatusStore store;
  reload(store, config_of({"a", "b"}));  // every 15 s
  const WallTime now{std::chrono::hours(24 * 365 * 50)};
  prober::ProbeRecord record = recovered(0);
  record.finished = now;
  store.record(record);
  const auto stale = [&](std::chrono::seconds later) { return store.snapshot(now + later).targets[0].stale; };
  EXPECT_FALSE(stale(std::chrono::seconds(60)));
  EXPECT_TRUE(stale(std::chrono::seconds(61)));
  record.backoff_seconds = 60;  // the server has asked for it
  store.record(record);
  EXPECT_FALSE(stale(std::chrono::seconds(120)));
  EXPECT_TRUE(stale(std::chrono::seconds(121)));
  EXPECT_FALSE(store.snapshot(now + std::chrono::hours(1)).targets[1].stale) << "not probed yet";
}

TEST(StatusStore, KeepsTheAnswerUntilTheTargetRecovers) {
  StatusStore store;
  reload(store, config_of({"a"}));
  prober::ProbeRecord record = refused_record(0);
  record.shown_answer = std::make_shared<const prober::ShownAnswer>();
  store.record(record);
  EXPECT_NE(store.target("a")->answer, nullptr);
  store.record(recovered(0));
  EXPECT_EQ(store.target("a")->answer, nullptr);
}

TEST(StatusStore, KeepsTheDiagnosisUntilTheTargetRecovers) {
  StatusStore store;
  reload(store, config_of({"a"}));
  EXPECT_EQ(store.target("a")->state, State::pending);
  store.record(refused_record(0));
  EXPECT_EQ(store.target("a")->cause, Cause::expired_token);
  EXPECT_THAT(store.target("a")->explained().evidence, ElementsAre("because"));
  store.record(recovered(0));
  EXPECT_EQ(store.target("a")->cause, std::nullopt);
  EXPECT_THAT(store.target("a")->explained().evidence, testing::IsEmpty());
  EXPECT_EQ(store.target("a")->transitions.size(), 2U);
  EXPECT_EQ(store.target("b"), std::nullopt);
}

TEST(StatusStore, AnUpdateThatComesAfterTheRecoveryIsGoneWithTheNextProbe) {
  StatusStore store;
  reload(store, config_of({"a"}));
  store.record(refused_record(0));
  store.record(recovered(0));
  prober::DiagnosisUpdate late;
  late.diagnosis.cause = Cause::revoked_token;
  late.diagnosis.evidence = {"late"};
  store.record(late);
  prober::ProbeRecord fine = recovered(0);
  fine.previous_state = State::ok;
  fine.transition.reset();
  store.record(fine);
  EXPECT_EQ(store.target("a")->cause, std::nullopt);
  EXPECT_THAT(store.target("a")->explained().evidence, testing::IsEmpty());
}

TEST(StatusStore, KeepsTheLastTenTransitions) {
  StatusStore store;
  reload(store, config_of({"a"}));
  for (int i = 0; i < 8; ++i) {
    store.record(refused_record(0));
    store.record(recovered(0));
  }
  EXPECT_EQ(store.target("a")->transitions.size(), 10U);
  EXPECT_EQ(store.target("a")->transitions.back().transition.to, prober::StatusClass::c2xx);
}

TEST(StatusStore, AReloadKeepsWhatIsKnownUnderAName) {
  StatusStore store;
  reload(store, config_of({"a", "b"}));
  store.record(refused_record(1));
  reload(store, config_of({"b", "c"}));
  EXPECT_EQ(store.target("a"), std::nullopt);
  EXPECT_EQ(store.target("b")->state, State::unauthorized);
  EXPECT_EQ(store.target("c")->state, State::pending);
}

TEST(StatusStore, ACopyNeverMixesTwoConfigurations) {
  std::vector<std::string> few, many;
  for (int i = 1000; i < 2000; ++i) {
    many.push_back("old" + std::to_string(i));
    if (i % 2 == 0) few.push_back("new" + std::to_string(i));
  }
  StatusStore store;
  reload(store, config_of(many));
  std::atomic<bool> stop{false};
  std::thread reader([&] {
    while (!stop) {
      const auto targets = store.targets();
      for (const TargetStatus& target : targets) {
        ASSERT_EQ(target.name().substr(0, 3), targets.front().name().substr(0, 3));
      }
    }
  });
  for (int i = 0; i < 50; ++i) reload(store, config_of(i % 2 == 0 ? few : many));
  stop = true;
  reader.join();
}

TEST(StatusStore, KeepsTheLastSixtyStates) {
  static_assert(sizeof(ProbeStrip) <= 32);
  StatusStore store;
  reload(store, config_of({"a"}));
  EXPECT_EQ(letters(store.target("a")->recent), "");
  store.record(refused_record(0));
  for (int i = 0; i < 59; ++i) store.record(recovered(0));
  EXPECT_EQ(letters(store.target("a")->recent), "u" + std::string(59, 'o'));
  store.record(refused_record(0));
  EXPECT_EQ(letters(store.target("a")->recent), std::string(59, 'o') + "u");
}

TEST(StatusStore, TheRevisionChangesWithWhatIsShown) {
  StatusStore store;
  reload(store, config_of({"a", "b"}));
  std::uint64_t last = store.snapshot({}).revision;
  const auto changed = [&] { return std::exchange(last, store.snapshot({}).revision) != last; };
  store.record(recovered(0));
  EXPECT_TRUE(changed());
  prober::ProbeRecord fine = recovered(0);
  fine.previous_state = State::ok;
  fine.transition.reset();
  fine.duration_seconds = 0.5;
  store.record(fine);
  EXPECT_FALSE(changed()) << "a probe that changes nothing";
  store.record(refused_record(0));
  EXPECT_TRUE(changed());
  store.record(prober::DiagnosisUpdate{});
  EXPECT_TRUE(changed());
  prober::CredentialStatus status;
  status.name = "billing";
  store.record({status});
  EXPECT_TRUE(changed());
  store.record({status});
  EXPECT_FALSE(changed());
  status.available = true;
  store.record({status});
  EXPECT_TRUE(changed());
  reload(store, config_of({"a"}));
  EXPECT_TRUE(changed());
}

TEST(StatusStore, KeepsChangesOfStatesTheLatestFirst) {
  StatusStore store;
  reload(store, config_of({"a"}));
  prober::ProbeRecord first = recovered(0);
  first.previous_state = State::pending;
  store.record(first);
  EXPECT_TRUE(store.snapshot({}).changes.empty()) << "the first probe changes nothing";
  for (int i = 0; i < 300; ++i) {
    store.record(refused_record(0));
    store.record(recovered(0));
  }
  const auto changes = store.snapshot({}).changes;
  ASSERT_EQ(changes.size(), 500u);
  EXPECT_EQ(changes[0].to, State::ok);
  EXPECT_EQ(changes[1].to, State::unauthorized);
  EXPECT_EQ(changes[1].cause, Cause::expired_token);
}

}  // namespace
}  // namespace authprobe::web
