// Ten thousand targets of one credential are no ten thousand lines.
#include "exporter/commands/target_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace authprobe::commands {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class TargetLogTest : public testing::Test {
 protected:
  // So many targets of `credential` begin to refuse.
  void refuse(int targets, const std::string& credential) {
    for (int i = 0; i < targets; ++i) {
      config::Target target;
      target.name = credential + std::to_string(i);
      target.credential = credential;
      prober::ProbeRecord record;
      record.previous_state = prober::State::ok;
      record.state = prober::State::unauthorized;
      record.refusal.emplace();
      log.record(target, record, now);
    }
  }
  template <typename Do>
  static std::string lines_of(Do what) {
    testing::internal::CaptureStderr();
    what();
    return testing::internal::GetCapturedStderr();
  }
  static auto count(const std::string& lines) { return std::count(lines.begin(), lines.end(), '\n'); }

  Log out{Log::Level::info, Log::Format::logfmt};
  TargetLog log{out};
  TargetLog::Clock::time_point now{1000s};
};

TEST_F(TargetLogTest, TheFirstOfACredentialAreToldAndTheOthersCounted) {
  const std::string first = lines_of([this] { refuse(10'000, "billing"); });
  EXPECT_EQ(count(first), 10);
  now += 9s;
  EXPECT_EQ(lines_of([this] { log.note(now); }), "");
  now += 1s;
  const std::string summary = lines_of([this] { log.note(now); });
  EXPECT_EQ(count(summary), 1);
  EXPECT_THAT(summary, HasSubstr("msg=\"target refused the probe: more targets\" targets=9990 credential=billing"));
  now += 60s;
  EXPECT_EQ(lines_of([this] { log.note(now); }), "");
  EXPECT_EQ(count(lines_of([this] { refuse(1, "billing"); })), 1);
}

TEST_F(TargetLogTest, CredentialsDoNotSilenceEachOther) {
  lines_of([this] { refuse(100, "billing"); });
  EXPECT_EQ(count(lines_of([this] { refuse(3, "crm"); })), 3);
}

}  // namespace
}  // namespace authprobe::commands
