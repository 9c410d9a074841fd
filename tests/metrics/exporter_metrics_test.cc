#include "exporter/metrics/exporter_metrics.h"

#include <gtest/gtest.h>

#include "exporter/metrics/exposition.h"
#include "tests/metrics/exposition_text.h"
#include "tests/metrics/staged_fleet.h"

namespace authprobe::metrics {
namespace {

class ExporterMetricsTest : public testing::Test {
 protected:
  void probe(double delay, double duration, prober::State state = prober::State::ok, std::uint64_t on_demand = 0) {
    prober::ProbeRecord record;
    record.schedule_delay_seconds = delay;
    record.duration_seconds = duration;
    record.state = state;
    record.on_demand = on_demand;
    exporter.record(record);
  }

  std::string value(const std::string& series) const {
    Exposition exposition({exporter.collectable()});
    return value_of(*exposition.text(), "authprobe_" + series);
  }

  ExporterMetrics exporter{"1.2.3", "abc"};
};

TEST_F(ExporterMetricsTest, ProbesFallIntoBuckets) {
  probe(0.0005, 0.3);
  probe(0.03, 31);
  EXPECT_EQ(value("schedule_delay_seconds_bucket{le=\"0.001\"}"), "1");
  EXPECT_EQ(value("schedule_delay_seconds_bucket{le=\"0.025\"}"), "1");
  EXPECT_EQ(value("schedule_delay_seconds_bucket{le=\"0.05\"}"), "2");
  EXPECT_EQ(value("probe_duration_seconds_bucket{le=\"0.25\"}"), "0");
  EXPECT_EQ(value("probe_duration_seconds_bucket{le=\"30\"}"), "1");
  EXPECT_EQ(value("probe_duration_seconds_bucket{le=\"+Inf\"}"), "2");
  EXPECT_EQ(value("probe_duration_seconds_sum"), "31.3");
  EXPECT_EQ(value("probe_duration_seconds_count"), "2");
}

TEST_F(ExporterMetricsTest, AProbeThatSentNothingHasNoDuration) {
  probe(0.001, 0, prober::State::credential_unavailable);
  EXPECT_EQ(value("schedule_delay_seconds_count"), "1");
  EXPECT_EQ(value("probe_duration_seconds_count"), "0");
}

TEST_F(ExporterMetricsTest, ProbesOnDemandCountNowhere) {
  probe(0, 0.1, prober::State::ok, 7);
  EXPECT_EQ(value("schedule_delay_seconds_count"), "0");
  EXPECT_EQ(value("probe_duration_seconds_count"), "0");
}

TEST_F(ExporterMetricsTest, MissedSlotsAreToldAsATotal) {
  EXPECT_EQ(value("schedule_missed_total"), "0");
  exporter.set_slots_missed(3);
  exporter.set_slots_missed(5);
  EXPECT_EQ(value("schedule_missed_total"), "5");
}

TEST_F(ExporterMetricsTest, ARefusedReloadKeepsTheTimeOfTheLastGoodOne) {
  exporter.config_loaded(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + std::chrono::milliseconds(250));
  EXPECT_EQ(value("config_last_reload_successful"), "1");
  exporter.config_refused();
  EXPECT_EQ(value("config_last_reload_successful"), "0");
  EXPECT_EQ(value("config_last_reload_success_timestamp_seconds"), "1767225600.25");
}

TEST_F(ExporterMetricsTest, TheBuildIsNamed) {
  EXPECT_EQ(value("build_info{revision=\"abc\",version=\"1.2.3\"}"), "1");
}

}  // namespace
}  // namespace authprobe::metrics
