// The prober against real loopback servers. Intervals are short; every wait is for an event, none for a time.
#include "exporter/prober/prober.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>

#include "tests/support/dns_server.h"
#include "tests/support/loopback_server.h"
#include "tests/support/rules.h"
#include "tests/support/temp_folder.h"

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using diagnosis::Cause;
using http_test::answer;
using http_test::Answer;
using http_test::LoopbackServer;
using http_test::TempFolder;
using std::chrono::steady_clock;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

config::Target target(const std::string& name, const std::string& url) {
  config::Target result;
  result.name = name;
  result.url = wire::Url(url);
  result.interval = 100ms;
  auto connection = std::make_shared<config::Connection>();
  connection->timeout = 2s;
  result.connection = connection;
  result.expect = std::make_shared<config::Expectation>();
  return result;
}

config::Credential bearer(const std::string& name, const std::string& file) {
  config::Credential result;
  result.name = name;
  result.kind = config::Bearer{{config::SecretSource::Kind::file, file}};
  return result;
}

std::shared_ptr<config::Config> config_of(std::vector<config::Target> targets,
                                          std::vector<config::Credential> credentials = {}) {
  auto config = std::make_shared<config::Config>();
  config->targets = std::move(targets);
  config->credentials = std::move(credentials);
  return config;
}

void reload(Prober& prober, const std::shared_ptr<const config::Config>& config) {
  prober.reload(ReloadPlan(nullptr, config), test::rules());
}

// The next record; what controls have told meanwhile is left out.
std::optional<ProbeRecord> next_record(Prober& prober) {
  while (const Prober::Event* event = prober.next_event()) {
    if (const auto* record = std::get_if<ProbeRecord>(event)) return *record;
  }
  return std::nullopt;
}

// Runs the loop as `serve` does, until a record comes that `wanted` takes.
template <typename Wanted>
ProbeRecord run_until(Prober& prober, Wanted wanted) {
  const auto deadline = steady_clock::now() + 20s;
  while (steady_clock::now() < deadline) {
    prober.start_due();
    prober.wait();
    while (const auto record = next_record(prober)) {
      if (wanted(*record)) return *record;
    }
  }
  ADD_FAILURE() << "the record that was waited for did not come within 20 s";
  return {};
}

ProbeRecord next(Prober& prober) {
  return run_until(prober, [](const ProbeRecord&) { return true; });
}

ProbeRecord next_in(Prober& prober, State state) {
  return run_until(prober, [state](const ProbeRecord& record) { return record.state == state; });
}

TEST(Prober, ProbesAndRecords) {
  LoopbackServer server(answer(200, "hello"));
  Prober prober(config_of({target("a", server.url("/path"))}), test::rules());
  EXPECT_FALSE(prober.fleet().first_round_done());
  const ProbeRecord record = next(prober);
  EXPECT_TRUE(prober.fleet().first_round_done());
  EXPECT_EQ(record.state, State::ok);
  EXPECT_EQ(record.previous_state, State::pending);
  EXPECT_EQ(record.status, 200);
  EXPECT_FALSE(record.transition);
  EXPECT_GT(record.duration_seconds, 0);
  EXPECT_THAT(server.last_request(), HasSubstr("GET /path HTTP/1.1"));
  EXPECT_THAT(server.last_request(), HasSubstr("User-Agent: authprobe/"));
}

TEST(Prober, SeesARefusalBeginAndEnd) {
  std::atomic<bool> refuse{false};
  LoopbackServer server([&](const std::string&) {
    return refuse ? answer(401, "",
                           "WWW-Authenticate: Bearer error=\"invalid_token\", error_description=\"token expired\"\r\n")
                  : answer(200);
  });
  const TempFolder folder;
  auto billing = target("billing", server.url());
  billing.credential = "tok";
  Prober prober(config_of({billing}, {bearer("tok", folder.write("tok", "s3cret\n"))}), test::rules());
  EXPECT_EQ(next(prober).state, State::ok);
  EXPECT_THAT(server.last_request(), HasSubstr("Authorization: Bearer s3cret\r\n"));
  refuse = true;
  const ProbeRecord refused = next_in(prober, State::unauthorized);
  EXPECT_EQ(refused.transition, (Transition{StatusClass::c2xx, StatusClass::c401}));
  EXPECT_EQ(refused.episode_cause, Cause::expired_token);
  ASSERT_TRUE(refused.refusal);
  EXPECT_THAT(refused.refusal->evidence, testing::Each(Not(HasSubstr("s3cret"))));
  refuse = false;
  const ProbeRecord healed = next_in(prober, State::ok);
  EXPECT_EQ(healed.transition, (Transition{StatusClass::c401, StatusClass::c2xx}));
  EXPECT_FALSE(healed.episode_cause);
}

TEST(Prober, AMissingSecretSendsNothingAndHealsItself) {
  LoopbackServer server(answer(200));
  const TempFolder folder;
  auto billing = target("billing", server.url());
  billing.credential = "tok";
  Prober prober(config_of({billing}, {bearer("tok", folder.path("tok"))}), test::rules());
  const ProbeRecord record = next(prober);
  EXPECT_EQ(record.state, State::credential_unavailable);
  EXPECT_THAT(record.detail, HasSubstr(folder.path("tok")));
  EXPECT_EQ(server.connections(), 0u);
  EXPECT_TRUE(prober.fleet().first_round_done());
  folder.write("tok", "s3cret");
  EXPECT_EQ(next_in(prober, State::ok).status, 200);
}

TEST(Prober, ARotatedSecretIsUsedWithoutAReload) {
  std::atomic<bool> only_new{false};
  LoopbackServer server([&](const std::string& request) {
    return only_new && request.find("Bearer new") == std::string::npos ? answer(401) : answer(200);
  });
  const TempFolder folder;
  auto billing = target("billing", server.url());
  billing.credential = "tok";
  Prober prober(config_of({billing}, {bearer("tok", folder.write("tok", "old"))}), test::rules());
  next_in(prober, State::ok);
  only_new = true;
  next_in(prober, State::unauthorized);
  folder.write("tok", "new");
  next_in(prober, State::ok);
}

TEST(Prober, NeverProbesATargetTwiceAtATimeAndCountsWhatItMissed) {
  Answer hang;
  hang.then = Answer::Then::hang;
  LoopbackServer server(hang);
  LoopbackServer other(answer(200));
  Prober prober(config_of({target("hung", server.url()), target("well", other.url())}), test::rules());
  int well = 0;
  run_until(prober, [&](const ProbeRecord& record) { return record.target == 1 && ++well == 5; });
  EXPECT_EQ(server.connections(), 1u);
  EXPECT_GE(prober.fleet().slots_missed(), 1u);
  EXPECT_EQ(prober.in_flight(), 1u);
}

TEST(Prober, BoundsProbesToOneHost) {
  LoopbackServer server(answer(200));
  std::vector<config::Target> targets;
  for (int i = 10; i < 30; ++i) targets.push_back(target("t" + std::to_string(i), server.url()));
  auto config = config_of(targets);
  config->settings.max_in_flight_per_host = 2;
  Prober prober(config, test::rules());
  std::map<std::size_t, int> seen;
  std::size_t most = 0;
  const auto deadline = steady_clock::now() + 20s;
  while (seen.size() < targets.size() && steady_clock::now() < deadline) {
    prober.start_due();
    most = std::max(most, prober.in_flight());
    prober.wait();
    while (const auto record = next_record(prober)) ++seen[record->target];
  }
  EXPECT_EQ(seen.size(), targets.size()) << "those that wait come too";
  EXPECT_EQ(most, 2u);
}

TEST(Prober, LeavesARateLimitedTargetAlone) {
  LoopbackServer server(answer(429, "", "Retry-After: 30\r\nX-RateLimit-Limit: 60\r\nX-RateLimit-Remaining: 0\r\n"));
  LoopbackServer other(answer(200));
  Prober prober(config_of({target("limited", server.url()), target("well", other.url())}), test::rules());
  const ProbeRecord record = next_in(prober, State::rate_limited);
  EXPECT_NEAR(record.backoff_seconds, 29.9, 0.01);
  EXPECT_EQ(record.rate_limit.limit, 60);
  EXPECT_EQ(record.rate_limit.remaining, 0);
  int well = 0;
  run_until(prober, [&](const ProbeRecord& r) { return r.target == 1 && ++well == 5; });
  EXPECT_EQ(server.connections(), 1u);
}

TEST(Prober, SaysWhyThereIsNoAnswer) {
  std::uint16_t port = 0;
  { port = LoopbackServer(answer(200)).port(); }
  Prober prober(config_of({target("gone", "http://127.0.0.1:" + std::to_string(port) + "/?key=hidden")}),
                test::rules());
  const ProbeRecord record = next(prober);
  EXPECT_EQ(record.state, State::unreachable);
  EXPECT_EQ(record.error, http::TransportError::connect);
  EXPECT_THAT(record.detail, AllOf(Not(testing::IsEmpty()), Not(HasSubstr("hidden"))));
}

TEST(Prober, ProbesOnDemandBesideTheSchedule) {
  LoopbackServer server(answer(200));
  auto daily = target("daily", server.url());
  daily.interval = 24h;
  Prober prober(config_of({daily}), test::rules());
  ASSERT_TRUE(prober.probe_now(0, 77, 5s));
  const ProbeRecord record = run_until(prober, [](const ProbeRecord& r) { return r.on_demand != 0; });
  EXPECT_EQ(record.on_demand, 77u);
  EXPECT_EQ(record.state, State::ok);
  EXPECT_EQ(prober.fleet().target(0).memory().state.state, State::pending) << "an extra probe moves nothing on";
}

// Answers 403 to the credential and 401 to everybody else.
Answer knows_us_but_forbids(const std::string& request) {
  return request.find("Authorization:") == std::string::npos ? answer(401, "", "WWW-Authenticate: Bearer\r\n")
                                                             : answer(403);
}

DiagnosisUpdate run_until_refined(Prober& prober) {
  const auto deadline = steady_clock::now() + 20s;
  while (steady_clock::now() < deadline) {
    prober.start_due();
    prober.wait();
    while (const Prober::Event* event = prober.next_event()) {
      if (const auto* update = std::get_if<DiagnosisUpdate>(event)) return *update;
    }
  }
  ADD_FAILURE() << "no control has told anything within 20 s";
  return {};
}

TEST(ProberControls, AnAnonymousRequestTellsARightFromACredential) {
  LoopbackServer server(knows_us_but_forbids);
  const TempFolder folder;
  auto me = target("me", server.url());
  me.credential = "tok";
  Prober prober(config_of({me}, {bearer("tok", folder.write("tok", "s3cret"))}), test::rules());
  const DiagnosisUpdate refined = run_until_refined(prober);
  EXPECT_EQ(refined.diagnosis.cause, Cause::insufficient_permissions);
  EXPECT_NE(refined.diagnosis.confidence, diagnosis::Confidence::guess);
  EXPECT_THAT(refined.diagnosis.evidence, testing::Contains(HasSubstr("without the credential")));
  EXPECT_EQ(next(prober).episode_cause, Cause::insufficient_permissions) << "what was learned stays";
}

TEST(ProberControls, AreSentOnceAnEpisodeAndNotOftenerThanProbes) {
  std::atomic<int> anonymous{0};
  LoopbackServer server([&](const std::string& request) {
    if (request.find("Authorization:") == std::string::npos) ++anonymous;
    return knows_us_but_forbids(request);
  });
  const TempFolder folder;
  auto me = target("me", server.url());
  me.credential = "tok";
  me.control_url = wire::Url(server.url("/health"));
  Prober prober(config_of({me}, {bearer("tok", folder.write("tok", "s3cret"))}), test::rules());
  int probes = 0;
  run_until(prober, [&](const ProbeRecord&) {
    ++probes;
    EXPECT_LE(anonymous, probes);
    return probes == 6;
  });
  EXPECT_EQ(anonymous, 2) << "the same URL and the control URL, once each";
}

TEST(ProberControls, NoneIsSentWithAPasswordOrWhereOurRateIsLimited) {
  LoopbackServer passwords(knows_us_but_forbids);
  LoopbackServer limits(answer(429));
  const TempFolder folder;
  config::Credential basic = bearer("basic", "");
  basic.kind = config::Basic{{config::SecretSource::Kind::value, "user"},
                             {config::SecretSource::Kind::file, folder.write("password", "s3cret")}};
  auto with_password = target("with-password", passwords.url());
  with_password.credential = "basic";
  auto limited = target("limited", limits.url());
  limited.credential = "tok";
  Prober prober(config_of({limited, with_password}, {basic, bearer("tok", folder.write("tok", "s3cret"))}),
                test::rules());
  int probes = 0;
  run_until(prober, [&](const ProbeRecord& record) { return record.target == 1 && ++probes == 4; });
  EXPECT_THAT(passwords.requests(), testing::Each(HasSubstr("Authorization: Basic")));
  EXPECT_THAT(limits.requests(), testing::Each(HasSubstr("Authorization: Bearer")));
}

TEST(ProberControls, FindTheOneBadNodeBehindAName) {
  const auto refuse = [](const std::string&) { return answer(401); };
  LoopbackServer bad(refuse, "127.0.0.2");
  LoopbackServer good([](const std::string&) { return answer(200); }, "127.0.0.1", bad.port());
  http_test::DnsServer dns;
  dns.set("api.test", {"127.0.0.2", "127.0.0.1"});
  const TempFolder folder;
  auto me = target("me", "http://api.test:" + std::to_string(bad.port()) + "/");
  me.credential = "tok";
  me.controls.anonymous = false;
  auto config = config_of({me}, {bearer("tok", folder.write("tok", "s3cret"))});
  config->settings.dns_servers = {dns.address()};
  config->settings.dns_cache = 1h;
  Prober prober(config, test::rules());
  const auto deadline = steady_clock::now() + 20s;
  std::optional<DiagnosisUpdate> refined;
  while (!refined && steady_clock::now() < deadline) {
    prober.start_due();
    prober.wait();
    while (const Prober::Event* event = prober.next_event()) {
      if (const auto* update = std::get_if<DiagnosisUpdate>(event)) refined = *update;
    }
  }
  // Which of the two is asked first is the resolver's to say; only a refusal asks the other one.
  if (bad.requests().empty()) GTEST_SKIP() << "the resolver prefers the good node";
  ASSERT_TRUE(refined);
  EXPECT_EQ(refined->diagnosis.cause, Cause::auth_service_down);
  EXPECT_THAT(refined->diagnosis.evidence, testing::Contains(HasSubstr("127.0.0.1 gets 200")));
}

TEST(ProberControls, AnAnswerThatIsToBeProtectedAndIsNotIsExposed) {
  LoopbackServer server(answer(200));
  const TempFolder folder;
  auto me = target("me", server.url());
  me.credential = "tok";
  auto expect = std::make_shared<config::Expectation>();
  expect->is_protected = true;
  me.expect = expect;
  Prober prober(config_of({me}, {bearer("tok", folder.write("tok", "s3cret"))}), test::rules());
  EXPECT_EQ(next(prober).state, State::ok);
  EXPECT_THAT(next_in(prober, State::exposed).detail, HasSubstr("without the credential"));
}

TEST(ProberControls, AllTargetsOfACredentialAreSeenTogether) {
  LoopbackServer server(answer(401));
  const TempFolder folder;
  auto a = target("a", server.url("/a"));
  auto b = target("b", server.url("/b"));
  a.credential = b.credential = "tok";
  Prober prober(config_of({a, b}, {bearer("tok", folder.write("tok", "s3cret"))}), test::rules());
  const ProbeRecord record = run_until(prober, [](const ProbeRecord& r) {
    return r.refusal && testing::Value(r.refusal->evidence, testing::Contains(HasSubstr("all 2 targets")));
  });
  EXPECT_EQ(record.state, State::unauthorized);
}

TEST(ProberReload, KeepsTheStateOfWhatDidNotChange) {
  LoopbackServer server(answer(200));
  const auto a = target("a", server.url("/a"));
  Prober prober(config_of({a, target("b", server.url("/b"))}), test::rules());
  std::map<std::size_t, int> seen;
  run_until(prober, [&](const ProbeRecord& record) { return ++seen[record.target] && seen.size() == 2; });
  reload(prober, config_of({a, target("b", server.url("/moved")), target("c", server.url("/c"))}));
  EXPECT_EQ(prober.fleet().target(0).memory().state.state, State::ok);
  EXPECT_EQ(prober.fleet().target(1).memory().state.state, State::pending);
  EXPECT_FALSE(prober.fleet().first_round_done());
  EXPECT_FALSE(run_until(prober, [](const ProbeRecord& r) { return r.target == 0; }).transition);
  run_until(prober, [&](const ProbeRecord&) { return prober.fleet().first_round_done(); });
  EXPECT_EQ(prober.fleet().target(1).memory().state.state, State::ok);
}

TEST(ProberReload, TakesAPlanAndMakesOneAgainThatIsOutdated) {
  LoopbackServer server(answer(200));
  const auto a = target("a", server.url("/a"));
  const auto b = target("b", server.url("/b"));
  const auto first = config_of({a, b});
  const auto second = config_of({b});
  const auto third = config_of({b, target("c", server.url("/c"))});
  for (const bool between : {false, true}) {
    Prober prober(first, test::rules());
    std::map<std::size_t, int> seen;
    run_until(prober, [&](const ProbeRecord& record) { return ++seen[record.target] && seen.size() == 2; });
    ReloadPlan plan(first, third);
    if (between) reload(prober, second);
    prober.reload(std::move(plan), test::rules());
    EXPECT_EQ(prober.fleet().target(0).memory().state.state, State::ok) << between;
    EXPECT_EQ(prober.fleet().target(1).memory().state.state, State::pending) << between;
  }
}

TEST(Prober, RecordsThatWaitFollowTheirTargetsOverAReload) {
  auto a = target("a", "http://127.0.0.1:1/");
  auto b = target("b", "http://127.0.0.1:1/");
  a.credential = b.credential = "tok";
  const std::vector<config::Credential> credentials = {bearer("tok", "/no/such/file")};
  Prober prober(config_of({a, b}, credentials), test::rules());
  while (!prober.fleet().first_round_done()) {
    prober.start_due();
    prober.wait();
  }
  reload(prober, config_of({b}, credentials));
  int records = 0;
  for (; const auto record = next_record(prober); ++records) EXPECT_EQ(record->target, 0U);
  EXPECT_GE(records, 1);
}

TEST(ProberReload, WhatIsUnderWayIsKeptOrLetGo) {
  std::atomic<bool> hang{true};
  LoopbackServer server([&](const std::string&) {
    Answer reply = answer(200);
    if (hang) {
      reply.bytes.clear();
      reply.then = Answer::Then::hang;
    }
    return reply;
  });
  const auto kept = target("kept", server.url("/kept"));
  Prober prober(config_of({target("gone", server.url("/gone")), kept}), test::rules());
  const auto deadline = steady_clock::now() + 20s;
  while (server.requests().size() < 2 && steady_clock::now() < deadline) {
    prober.start_due();
    prober.wait();
  }
  ASSERT_EQ(prober.in_flight(), 2u);
  reload(prober, config_of({kept}));
  hang = false;
  const ProbeRecord record = next(prober);  // after its timeout: the same probe, not a second one beside it
  EXPECT_EQ(record.target, 0u);
  EXPECT_EQ(record.state, State::unreachable);
  EXPECT_EQ(next_in(prober, State::ok).target, 0u);
}

TEST(ProberReload, ToNothingAndBack) {
  LoopbackServer server(answer(200));
  Prober prober(config_of({target("a", server.url())}), test::rules());
  next(prober);
  reload(prober, config_of({}));
  EXPECT_TRUE(prober.fleet().first_round_done());
  prober.start_due();
  EXPECT_FALSE(next_record(prober));
  reload(prober, config_of({target("a", server.url())}));
  EXPECT_EQ(next(prober).state, State::ok);
}

}  // namespace
}  // namespace authprobe::prober
