// The series of targets that need attention, and those of credentials and hosts: alert rules look at nothing else.
#include "exporter/metrics/fleet_survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/metrics/staged_fleet.h"

namespace authprobe::metrics {
namespace {

using namespace std::chrono_literals;
using diagnosis::Cause;
using diagnosis::Confidence;
using prober::State;
using prober::StatusClass;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr auto kSurveyStart = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

class FleetSurveyTest : public testing::Test {
 protected:
  static config::Target of(const std::string& name, const std::string& credential,
                           std::chrono::milliseconds interval = 15s) {
    config::Target target = a_target(name);
    target.url = wire::Url("https://api.test/" + name);
    target.credential = credential;
    target.interval = interval;
    return target;
  }

  // The samples of a family at a time after the start, without its name: `{target="a"} 1`.
  std::vector<std::string> samples(const std::string& family, std::chrono::milliseconds after = 1min) {
    std::istringstream lines(text_of(fleet, kSurveyStart + after));
    std::vector<std::string> found;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(family + "{")) found.push_back(line.substr(family.size()));
    }
    return found;
  }

  static std::string labels(const std::string& name, const std::string& credential) {
    return "{target=\"" + name + "\",url=\"https://api.test/" + name +
           "\",method=\"GET\",host=\"api.test\",credential=\"" + credential + "\"";
  }

  FleetMetrics fleet{a_config({of("a", "billing"), of("b", "billing", 1min), of("c", "")}), kSurveyStart};
};

TEST_F(FleetSurveyTest, WhatIsPendingIsTold) {
  fleet.record(StagedProbe(0, 15).answered(200));
  EXPECT_THAT(samples("authprobe_target_pending"),
              ElementsAre(labels("b", "billing") + "} 1", labels("c", "") + "} 1"));
  EXPECT_THAT(samples("authprobe_target_trouble_status_code"), IsEmpty());
}

TEST_F(FleetSurveyTest, TroubleIsToldWithItsStateUntilItIsOver) {
  fleet.record(
      StagedProbe(0, 15).answered(401, State::unauthorized).refused(Cause::revoked_token, Confidence::certain));
  fleet.record(StagedProbe(1, 16).failed(http::TransportError::connect));
  fleet.record(StagedProbe(2, 17).answered(200));
  EXPECT_THAT(samples("authprobe_target_trouble_status_code"),
              ElementsAre(labels("a", "billing") + ",state=\"unauthorized\",refused=\"true\"} 401",
                          labels("b", "billing") + ",state=\"unreachable\",refused=\"false\"} 0"));
  EXPECT_THAT(samples("authprobe_target_trouble_interval_seconds"),
              ElementsAre(labels("a", "billing") + "} 15", labels("b", "billing") + "} 60"));
  fleet.record(StagedProbe(0, 30).answered(500, State::unexpected));
  fleet.record(StagedProbe(1, 76).answered(200));
  EXPECT_THAT(samples("authprobe_target_trouble_status_code"),
              ElementsAre(labels("a", "billing") + ",state=\"unexpected\",refused=\"false\"} 500"));
}

TEST_F(FleetSurveyTest, MaintenanceIsToldWhileItLasts) {
  fleet.set_maintenance(2, true);
  EXPECT_THAT(samples("authprobe_target_in_maintenance"), ElementsAre(labels("c", "") + "} 1"));
  fleet.set_maintenance(2, false);
  EXPECT_THAT(samples("authprobe_target_in_maintenance"), IsEmpty());
}

TEST_F(FleetSurveyTest, AChangeToARefusalIsRecentForAnHour) {
  fleet.record(StagedProbe(0, 15).answered(200));
  fleet.record(StagedProbe(0, 30).answered(403, State::forbidden).changed(StatusClass::c2xx, StatusClass::c403));
  fleet.record(StagedProbe(0, 45).answered(200).changed(StatusClass::c403, StatusClass::c2xx));
  EXPECT_THAT(samples("authprobe_recent_change_timestamp_seconds"),
              ElementsAre(labels("a", "billing") + ",to=\"403\"} 1767225630"));
  EXPECT_THAT(samples("authprobe_recent_change_timestamp_seconds", 1h + 29s), testing::SizeIs(1));
  EXPECT_THAT(samples("authprobe_recent_change_timestamp_seconds", 1h + 30s), IsEmpty());
}

// One that is refused from the start, or whose refusal gives way to an error, does not fail again.
TEST_F(FleetSurveyTest, AFailureAfterAGoodAnswerIsRecentForAnHour) {
  fleet.record(StagedProbe(0, 15).answered(200));
  fleet.record(StagedProbe(0, 30).answered(503, State::unexpected));
  fleet.record(StagedProbe(0, 45).failed(http::TransportError::timeout));
  fleet.record(StagedProbe(1, 15).failed(http::TransportError::timeout));
  EXPECT_THAT(samples("authprobe_recent_failure_timestamp_seconds"),
              ElementsAre(labels("a", "billing") + "} 1767225630"));
  EXPECT_THAT(samples("authprobe_recent_failure_timestamp_seconds", 1h + 30s), IsEmpty());
}

TEST_F(FleetSurveyTest, ALowRateLimitIsToldUntilItsWindowEnds) {
  fleet.record(StagedProbe(0, 15).answered(200).budget(100, 24, 10min));
  fleet.record(StagedProbe(1, 15).answered(200).budget(100, 25, 10min));
  EXPECT_THAT(samples("authprobe_rate_limit_low_ratio"), ElementsAre(labels("a", "billing") + "} 0.24"));
  EXPECT_THAT(samples("authprobe_rate_limit_low_ratio", 10min + 15s), IsEmpty());
}

TEST_F(FleetSurveyTest, ACredentialIsAcceptedByTheTargetsThatLetItInNow) {
  const std::string pair = "{credential=\"billing\",host=\"api.test\"} ";
  fleet.record(StagedProbe(0, 15).answered(200));
  fleet.record(StagedProbe(1, 20).answered(401, State::ok));  // it has to refuse
  EXPECT_THAT(samples("authprobe_credential_accepted_timestamp_seconds"), ElementsAre(pair + "1767225615"));
  EXPECT_THAT(samples("authprobe_credential_oldest_probe_timestamp_seconds"),
              ElementsAre("{credential=\"billing\"} 1767225615"));
  fleet.record(StagedProbe(0, 30).answered(401, State::unauthorized));
  EXPECT_THAT(samples("authprobe_credential_accepted_timestamp_seconds"), IsEmpty());
  EXPECT_THAT(samples("authprobe_credential_oldest_probe_timestamp_seconds"),
              ElementsAre("{credential=\"billing\"} 1767225620"));
  EXPECT_THAT(samples("authprobe_credential_last_success_timestamp_seconds"),
              ElementsAre("{credential=\"billing\"} 1767225620"));
}

TEST_F(FleetSurveyTest, AHostsCertificateIsTheOneThatEndsFirstOutsideOfMaintenance) {
  fleet.record(StagedProbe(0, 15).answered(200).certificate_until(kSurveyStart + std::chrono::days(10)));
  fleet.record(StagedProbe(1, 15).answered(200).certificate_until(kSurveyStart + std::chrono::days(20)));
  const auto at = [&] { return samples("authprobe_host_certificate_expiration_timestamp_seconds"); };
  EXPECT_THAT(at(), ElementsAre("{host=\"api.test\"} 1768089600"));
  fleet.set_maintenance(0, true);
  EXPECT_THAT(at(), ElementsAre("{host=\"api.test\"} 1768953600"));
}

TEST_F(FleetSurveyTest, ATargetIsOverdueAfterThreeIntervalsItsBackoffAndAMinute) {
  const auto overdue = [&](std::chrono::milliseconds after) { return samples("authprobe_overdue_targets", after); };
  fleet.record(StagedProbe(0, 0).answered(200));
  fleet.record(StagedProbe(1, 0).answered(200));
  fleet.record(StagedProbe(2, 0).answered(200).waits(300));
  EXPECT_THAT(overdue(105s), ElementsAre("{credential=\"billing\"} 0", "{credential=\"\"} 0"));
  EXPECT_THAT(overdue(105s + 1ms), ElementsAre("{credential=\"billing\"} 1", "{credential=\"\"} 0"));
  EXPECT_THAT(overdue(241s), ElementsAre("{credential=\"billing\"} 2", "{credential=\"\"} 0"));
  EXPECT_THAT(overdue(406s), ElementsAre("{credential=\"billing\"} 2", "{credential=\"\"} 1"));
}

TEST_F(FleetSurveyTest, WhatWasNeverProbedIsOverdueLikewise) {
  EXPECT_THAT(samples("authprobe_overdue_targets", 105s),
              ElementsAre("{credential=\"billing\"} 0", "{credential=\"\"} 0"));
  EXPECT_THAT(samples("authprobe_overdue_targets", 106s),
              ElementsAre("{credential=\"billing\"} 1", "{credential=\"\"} 1"));
}

TEST_F(FleetSurveyTest, AReloadKeepsWhatIsRecent) {
  fleet.record(StagedProbe(0, 15).answered(200));
  fleet.record(StagedProbe(0, 30).failed(http::TransportError::reset));
  FleetMetrics next(a_config({of("a", "billing")}), kSurveyStart + 40s);
  next.carry_over(fleet);
  EXPECT_THAT(text_of(next, kSurveyStart + 1min), testing::HasSubstr("authprobe_recent_failure_timestamp_seconds" +
                                                                     labels("a", "billing") + "} 1767225630\n"));
}

}  // namespace
}  // namespace authprobe::metrics
