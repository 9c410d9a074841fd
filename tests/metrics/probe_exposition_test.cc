#include "exporter/metrics/probe_exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/metrics/exposition_text.h"
#include "tests/metrics/golden.h"
#include "tests/metrics/staged_fleet.h"

namespace authprobe::metrics {
namespace {

using diagnosis::Cause;
using diagnosis::Confidence;
using prober::State;

prober::ProbeRecord a_success() {
  return StagedProbe(0).answered(200).certificate_until(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1));
}

prober::ProbeRecord a_refusal() {
  return StagedProbe(0).answered(403, State::forbidden).refused(Cause::ip_blocked, Confidence::likely);
}

TEST(ProbeExposition, OfASuccess) {
  expect_golden(probe_exposition(a_success()), "probe_ok.txt");
}

TEST(ProbeExposition, OfARefusalTellsTheCause) {
  expect_golden(probe_exposition(a_refusal()), "probe_refused.txt");
}

TEST(ProbeExposition, OfADeadServerHasNoCauseAndNoCertificate) {
  const std::string text = probe_exposition(StagedProbe(0).failed(http::TransportError::connect));
  EXPECT_EQ(value_of(text, "probe_success"), "0");
  EXPECT_EQ(value_of(text, "probe_http_status_code"), "0");
  EXPECT_EQ(value_of(text, "authprobe_target_state{state=\"unreachable\"}"), "1");
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("cause")));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("cert")));
}

TEST(ProbeExposition, PleasesPromtool) {
  for (const prober::ProbeRecord& record : {a_success(), a_refusal()}) {
    const std::string text = probe_exposition(record);
    EXPECT_THAT(parse(text).faults, testing::IsEmpty());
    const CommandResult checked = run("promtool check metrics", text);
    EXPECT_EQ(checked.exit_code, 0) << checked.output;
  }
}

}  // namespace
}  // namespace authprobe::metrics
