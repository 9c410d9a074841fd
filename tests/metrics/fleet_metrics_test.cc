#include "exporter/metrics/fleet_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/metrics/exposition_text.h"
#include "tests/metrics/staged_fleet.h"

namespace authprobe::metrics {
namespace {

using diagnosis::Cause;
using diagnosis::Confidence;
using prober::State;
using prober::StatusClass;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;

constexpr const char* kAbsent = "absent";

// One target, "api", unless a test says otherwise.
class FleetMetricsTest : public testing::Test {
 protected:
  StagedProbe& probe(double seconds = 0) { return probe_ = StagedProbe(0, seconds); }
  void record(const prober::ProbeRecord& record) { fleet->record(record); }

  // The value of authprobe_<family>{target="api"<more>}.
  std::string value(const std::string& family, const std::string& more = "") const {
    return value_of(text_of(*fleet), "authprobe_" + family + "{target=\"api\"" + more + "}");
  }

  std::unique_ptr<FleetMetrics> fleet = std::make_unique<FleetMetrics>(a_config({a_target("api")}));

 private:
  StagedProbe probe_{0};
};

TEST_F(FleetMetricsTest, CountersAreZeroBeforeTheFirstProbe) {
  EXPECT_EQ(value("probes_total"), "0");
  EXPECT_EQ(value("probe_failures_total"), "0");
  for (const char* code : {"200", "401", "403", "429"}) {
    EXPECT_EQ(value("http_responses_total", std::string(",code=\"") + code + "\""), "0") << code;
  }
  for (const char* reason : {"dns", "connect", "tls", "timeout", "reset", "protocol", "too_large", "other"}) {
    EXPECT_EQ(value("transport_errors_total", std::string(",reason=\"") + reason + "\""), "0") << reason;
  }
  for (const char* refusal : {"401", "403", "429"}) {
    EXPECT_EQ(value("status_transitions_total", std::string(",from=\"2xx\",to=\"") + refusal + "\""), "0");
    EXPECT_EQ(value("status_transitions_total", std::string(",from=\"") + refusal + "\",to=\"2xx\""), "0");
  }
  EXPECT_EQ(value("auth_failures_total", ",cause=\"expired_token\""), "0");
  EXPECT_EQ(value("auth_failures_total", ",cause=\"unknown\""), "0");
  EXPECT_EQ(value("transport_errors_total", ",reason=\"none\""), kAbsent);
}

TEST_F(FleetMetricsTest, TheLeanFormHasNoSeriesForWhatHasNotHappened) {
  config::Config config = a_config({a_target("api")});
  config.settings.series = config::Series::lean;
  fleet = std::make_unique<FleetMetrics>(config);
  record(probe().answered(200));
  EXPECT_EQ(value("target_state", ",state=\"ok\""), "1");
  EXPECT_EQ(value("http_responses_total", ",code=\"200\""), "1");
  EXPECT_EQ(value("probe_failures_total"), "0");
  // increase() has to see the first change.
  EXPECT_EQ(value("status_transitions_total", ",from=\"2xx\",to=\"401\""), "0");
  for (const auto& [family, more] :
       std::initializer_list<std::pair<std::string, std::string>>{{"http_responses_total", ",code=\"401\""},
                                                                  {"transport_errors_total", ",reason=\"timeout\""},
                                                                  {"auth_failures_total", ",cause=\"unknown\""},
                                                                  {"target_state", ",state=\"unauthorized\""},
                                                                  {"target_maintenance", ""},
                                                                  {"target_backoff_seconds", ""}}) {
    EXPECT_EQ(value(family, more), kAbsent) << family;
  }
  record(probe(1).answered(401, State::unauthorized).refused(Cause::unknown, Confidence::guess).waits(3));
  fleet->set_maintenance(0, true);
  EXPECT_EQ(value("http_responses_total", ",code=\"401\""), "1");
  EXPECT_EQ(value("auth_failures_total", ",cause=\"unknown\""), "1");
  EXPECT_EQ(value("target_state", ",state=\"unauthorized\""), "1");
  EXPECT_EQ(value("target_state", ",state=\"ok\""), kAbsent);
  EXPECT_EQ(value("target_backoff_seconds"), "3");
  EXPECT_EQ(value("target_maintenance"), "1");
  // What the full form has beside these is 0.
  config.settings.series = config::Series::full;
  const Series lean = parse(text_of(*fleet)).series;
  FleetMetrics full(config);
  full.carry_over(*fleet);
  for (const auto& [series, number] : parse(text_of(full)).series) {
    EXPECT_TRUE(lean.contains(series) || number == "0") << series;
  }
}

TEST_F(FleetMetricsTest, NothingIsClaimedBeforeItIsKnown) {
  EXPECT_EQ(value("target_state", ",state=\"pending\""), "1");
  for (const char* family :
       {"probe_success", "http_status_code", "last_probe_timestamp_seconds", "last_success_timestamp_seconds",
        "last_transition_timestamp_seconds", "tls_certificate_expiration_timestamp_seconds", "rate_limit_limit"}) {
    EXPECT_EQ(value(family), kAbsent) << family;
  }
  EXPECT_EQ(value("probe_phase_duration_seconds", ",phase=\"connect\""), kAbsent);
  EXPECT_THAT(parse(text_of(*fleet)).series, Not(Contains(Key(HasSubstr("authprobe_auth_failure_cause")))));
}

TEST_F(FleetMetricsTest, ExpectedCodesOfEveryKindAreThereFromTheStart) {
  FleetMetrics strict(a_config({a_target("api", {{204, 204}, {301, 302}, {401, 401}})}));
  const Series series = parse(text_of(strict)).series;
  for (const char* code : {"204", "301", "401", "403", "429"}) {
    EXPECT_THAT(series,
                Contains(Key(std::string("authprobe_http_responses_total{target=\"api\",code=\"") + code + "\"}")));
  }
  EXPECT_THAT(series, Not(Contains(Key("authprobe_http_responses_total{target=\"api\",code=\"200\"}"))));
}

TEST_F(FleetMetricsTest, ASuccessCounts) {
  record(probe(12.5).answered(200));
  EXPECT_EQ(value("probes_total"), "1");
  EXPECT_EQ(value("probe_failures_total"), "0");
  EXPECT_EQ(value("http_responses_total", ",code=\"200\""), "1");
  EXPECT_EQ(value("probe_success"), "1");
  EXPECT_EQ(value("http_status_code"), "200");
  EXPECT_EQ(value("target_state", ",state=\"ok\""), "1");
  EXPECT_EQ(value("target_state", ",state=\"pending\""), "0");
  EXPECT_EQ(value("last_probe_timestamp_seconds"), "1767225612.5");
  EXPECT_EQ(value("last_success_timestamp_seconds"), "1767225612.5");
  EXPECT_EQ(value("probe_phase_duration_seconds", ",phase=\"processing\""), "0.05");
}

TEST_F(FleetMetricsTest, ATargetThatNeverAnsweredHasNoLastSuccess) {
  record(probe(3).failed(http::TransportError::timeout));
  EXPECT_EQ(value("probe_success"), "0");
  EXPECT_EQ(value("probe_failures_total"), "1");
  EXPECT_EQ(value("http_status_code"), "0");
  EXPECT_EQ(value("transport_errors_total", ",reason=\"timeout\""), "1");
  EXPECT_EQ(value("last_probe_timestamp_seconds"), "1767225603");
  EXPECT_EQ(value("last_success_timestamp_seconds"), kAbsent);
}

TEST_F(FleetMetricsTest, ARefusalHasACauseUntilTheTargetRecovers) {
  record(probe(0).answered(200));
  record(probe(15)
             .answered(401, State::unauthorized)
             .changed(StatusClass::c2xx, StatusClass::c401)
             .refused(Cause::expired_token, Confidence::certain));
  EXPECT_EQ(value("status_transitions_total", ",from=\"2xx\",to=\"401\""), "1");
  EXPECT_EQ(value("last_transition_timestamp_seconds"), "1767225615");
  EXPECT_EQ(value("auth_failures_total", ",cause=\"expired_token\""), "1");
  EXPECT_EQ(value("auth_failure_cause", ",cause=\"expired_token\",confidence=\"certain\""), "1");

  record(probe(30).failed(http::TransportError::connect).in_episode(Cause::expired_token, Confidence::certain));
  EXPECT_EQ(value("auth_failures_total", ",cause=\"expired_token\""), "1") << "an episode goes on without a refusal";
  EXPECT_EQ(value("last_refusal_timestamp_seconds"), "1767225615");
  EXPECT_EQ(value("auth_failure_cause", ",cause=\"expired_token\",confidence=\"certain\""), "1");

  record(probe(45).answered(200).changed(StatusClass::error, StatusClass::c2xx));
  EXPECT_EQ(value("auth_failure_cause", ",cause=\"expired_token\",confidence=\"certain\""), kAbsent);
  EXPECT_EQ(value("status_transitions_total", ",from=\"error\",to=\"2xx\""), "1");
}

TEST_F(FleetMetricsTest, ACauseThatBecomesClearerReplacesTheGuess) {
  record(probe(0).answered(403, State::forbidden).refused(Cause::unknown, Confidence::guess));
  record(probe(15).answered(403, State::forbidden).refused(Cause::ip_blocked, Confidence::likely));
  EXPECT_EQ(value("auth_failure_cause", ",cause=\"unknown\",confidence=\"guess\""), kAbsent);
  EXPECT_EQ(value("auth_failure_cause", ",cause=\"ip_blocked\",confidence=\"likely\""), "1");
}

TEST_F(FleetMetricsTest, AnExpectedRefusalIsNoFailure) {
  auto expected = probe().answered(401, State::ok);
  expected.refused(Cause::missing_credentials, Confidence::certain);
  record(expected);
  EXPECT_EQ(value("auth_failures_total", ",cause=\"missing_credentials\""), "0");
  EXPECT_THAT(text_of(*fleet), Not(HasSubstr("\nauthprobe_last_refusal_timestamp_seconds{")));
  EXPECT_EQ(value("probe_success"), "1");
}

TEST_F(FleetMetricsTest, OtherCodesAppearInOrderAndWildOnesAsInvalid) {
  for (const int code : {503, 100, 599, 418, 418, 99, 600, 999, 70'000, -1})
    record(probe().answered(code, State::unexpected));
  EXPECT_EQ(value("http_responses_total", ",code=\"418\""), "2");
  EXPECT_EQ(value("http_responses_total", ",code=\"100\""), "1");
  EXPECT_EQ(value("http_responses_total", ",code=\"599\""), "1");
  EXPECT_EQ(value("http_responses_total", ",code=\"invalid\""), "5");
  const std::string text = text_of(*fleet);
  const std::size_t first = text.find("code=\"100\"");
  EXPECT_LT(first, text.find("code=\"200\""));
  EXPECT_LT(text.find("code=\"599\""), text.find("code=\"invalid\""));
}

TEST_F(FleetMetricsTest, TheCertificateIsKeptWhenItHasExpiredAndWhenNoneWasShown) {
  const auto expiry = std::chrono::sys_days(std::chrono::year(2020) / 2 / 29);
  record(probe(0).answered(200).certificate_until(expiry));
  record(probe(15).failed(http::TransportError::tls));
  EXPECT_EQ(value("tls_certificate_expiration_timestamp_seconds"), "1582934400");
}

TEST_F(FleetMetricsTest, TheBudgetIsThatOfTheLastAnswer) {
  record(probe(0).answered(200).budget(5000, 4999, std::chrono::seconds(60)));
  record(probe(15).failed(http::TransportError::reset));
  EXPECT_EQ(value("rate_limit_limit"), "5000");
  EXPECT_EQ(value("rate_limit_remaining"), "4999");
  EXPECT_EQ(value("rate_limit_reset_timestamp_seconds"), "1767225660");
  record(probe(30).answered(200));
  for (const char* family : {"rate_limit_limit", "rate_limit_remaining", "rate_limit_reset_timestamp_seconds"}) {
    EXPECT_EQ(value(family), kAbsent) << family;
  }
}

TEST_F(FleetMetricsTest, WaitsAndMaintenanceShow) {
  record(probe().answered(429, State::rate_limited).waits(37.5));
  EXPECT_EQ(value("target_backoff_seconds"), "37.5");
  EXPECT_EQ(value("target_maintenance"), "0");
  fleet->set_maintenance(0, true);
  EXPECT_EQ(value("target_maintenance"), "1");
}

TEST_F(FleetMetricsTest, ProbesOnDemandCountNowhere) {
  const std::string before = text_of(*fleet);
  record(probe().answered(401, State::unauthorized).on_demand());
  EXPECT_EQ(text_of(*fleet), before);
}

TEST_F(FleetMetricsTest, LabelsAreEscapedAndUrlsKeepNoSecret) {
  config::Target target = a_target("a\"b\\c\nd");
  target.url = wire::Url("https://user:p%40ss@api.example.com:8443/v1/me?token=secret#part");
  target.credential = "billing";
  target.labels = {{"team", "\"pay\"\nments"}, {"tier", "1"}};
  const std::string text = text_of(FleetMetrics(a_config({target})));
  EXPECT_THAT(text,
              HasSubstr("\nauthprobe_target_info{target=\"a\\\"b\\\\c\\nd\",url=\"https://api.example.com:8443/v1/me\","
                        "method=\"GET\",host=\"api.example.com:8443\",credential=\"billing\",team="
                        "\"\\\"pay\\\"\\nments\",tier=\"1\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("\nauthprobe_probes_total{target=\"a\\\"b\\\\c\\nd\"} 0\n"));
  for (const char* secret : {"p%40ss", "secret", "user:"}) EXPECT_THAT(text, Not(HasSubstr(secret)));
}

TEST_F(FleetMetricsTest, AUnixSocketIsTheHost) {
  config::Target target = a_target("api");
  config::Connection connection;
  connection.unix_socket = "/run/api.sock";
  target.connection = std::make_shared<const config::Connection>(connection);
  EXPECT_THAT(text_of(FleetMetrics(a_config({target}))), HasSubstr("host=\"/run/api.sock\""));
}

TEST_F(FleetMetricsTest, AnAtSignInThePathIsNoUser) {
  config::Target target = a_target("api");
  target.url = wire::Url("https://api.example.com/@me");
  EXPECT_THAT(text_of(FleetMetrics(a_config({target}))), HasSubstr("url=\"https://api.example.com/@me\""));
  target.url = wire::Url("https://user@api.example.com?q=a/b@c");
  EXPECT_THAT(text_of(FleetMetrics(a_config({target}))), HasSubstr("url=\"https://api.example.com\""));
}

TEST_F(FleetMetricsTest, AReloadKeepsWhatTargetsOfTheSameNameHave) {
  record(probe(0)
             .answered(200)
             .budget(10, 9, std::chrono::seconds(1))
             .certificate_until(std::chrono::sys_days(std::chrono::year(2027) / 1 / 1)));
  record(probe(15)
             .answered(418, State::unexpected)
             .changed(StatusClass::c2xx, StatusClass::c4xx)
             .waits(3)
             .refused(Cause::waf_blocked, Confidence::likely));
  fleet->set_maintenance(0, true);
  const Series before = parse(text_of(*fleet)).series;

  auto reloaded = std::make_unique<FleetMetrics>(a_config({a_target("aaa"), a_target("api")}));
  reloaded->carry_over(*fleet);
  fleet = std::move(reloaded);
  const Series after = parse(text_of(*fleet)).series;
  for (const auto& [series, value] : before) EXPECT_EQ(after.at(series), value) << series;
  EXPECT_EQ(after.at("authprobe_probes_total{target=\"aaa\"}"), "0");

  record(StagedProbe(1, 30).answered(200));
  EXPECT_EQ(value("probes_total"), "3");
}

TEST_F(FleetMetricsTest, ATargetThatIsGoneTakesItsSeriesAlong) {
  FleetMetrics reloaded(a_config({a_target("other")}));
  reloaded.carry_over(*fleet);
  EXPECT_THAT(text_of(reloaded), Not(HasSubstr("\"api\"")));
}

TEST_F(FleetMetricsTest, NoSeriesComesTwiceWhateverWasSeen) {
  for (int code = 90; code < 610; ++code) record(probe().answered(code, State::unexpected));
  for (std::size_t from = 0; from < prober::kStatusClassCount; ++from) {
    for (std::size_t to = 0; to < prober::kStatusClassCount; ++to) {
      record(probe().changed(static_cast<StatusClass>(from), static_cast<StatusClass>(to)));
    }
  }
  EXPECT_THAT(parse(text_of(*fleet)).faults, IsEmpty());
}

TEST(FleetMetrics, WithoutTargetsHasFamiliesOnly) {
  const ParsedText parsed = parse(text_of(FleetMetrics(a_config({}))));
  EXPECT_THAT(parsed.faults, IsEmpty());
  EXPECT_THAT(parsed.series, IsEmpty());
}

TEST(FleetMetrics, NamesOfAnyLengthComeOutWhole) {
  std::vector<config::Target> targets;
  for (const std::size_t length : {1u, 31u, 32u, 33u, 1'000u, 600'000u})
    targets.push_back(a_target(std::string(length, 'n')));
  const FleetMetrics fleet(a_config(targets));
  const ParsedText parsed = parse(text_of(fleet));
  EXPECT_THAT(parsed.faults, IsEmpty());
  for (const config::Target& target : targets) {
    EXPECT_TRUE(parsed.series.contains("authprobe_target_state{target=\"" + target.name + "\",state=\"ok\"}"))
        << target.name.size();
  }
}

// The probing thread adds codes and transitions that nobody has seen before while two scrapers walk over them. Under
// ThreadSanitizer this is the test that recording needs no lock.
TEST(FleetMetrics, ScrapesRunBesideRecording) {
  FleetMetrics fleet(a_config({a_target("a"), a_target("b")}));
  std::atomic<bool> done = false;
  const auto scrape = [&] {
    std::uint64_t seen = 0;
    for (bool last = false; !last;) {
      last = done;
      const ParsedText parsed = parse(text_of(fleet));
      EXPECT_THAT(parsed.faults, IsEmpty());
      const std::uint64_t now = std::stoull(parsed.series.at("authprobe_probes_total{target=\"b\"}"));
      EXPECT_GE(now, seen);
      seen = now;
    }
    EXPECT_EQ(seen, 1'000u);
  };
  std::thread one(scrape);
  std::thread two(scrape);
  for (int i = 0; i < 2'000; ++i) {
    const auto classes = prober::kStatusClassCount;
    fleet.record(StagedProbe(i % 2, i)
                     .answered(100 + i * 7 % 500, State::unexpected)
                     .changed(static_cast<StatusClass>(i % classes), static_cast<StatusClass>(i / 8 % classes))
                     .refused(static_cast<Cause>(i % diagnosis::kCauseCount), Confidence::likely)
                     .budget(i, i, std::chrono::seconds(i)));
  }
  done = true;
  one.join();
  two.join();
}

}  // namespace
}  // namespace authprobe::metrics
