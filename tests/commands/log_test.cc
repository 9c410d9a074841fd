// One event is one line, whatever the fields hold.
#include "exporter/commands/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

namespace authprobe::commands {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

// What `write` puts on standard error.
template <typename Write>
std::string logged(Log::Level level, Log::Format format, Write write) {
  unsetenv("JOURNAL_STREAM");
  testing::internal::CaptureStderr();
  Log log(level, format);
  write(log);
  return testing::internal::GetCapturedStderr();
}

TEST(Log, WritesLogfmt) {
  const std::string line = logged(Log::Level::info, Log::Format::logfmt, [](Log& log) {
    log.warn("target is not ok", {{"target", "a"}, {"status", "401"}});
  });
  EXPECT_THAT(line, StartsWith("ts=2"));
  EXPECT_THAT(line, EndsWith(" level=warn msg=\"target is not ok\" target=a status=401\n"));
}

TEST(Log, AFieldCannotBeginALineOrAnotherField) {
  const std::string hostile = "a b\n\"quoted\" level=error \\ \r\t\x01\x7f";
  const std::string line = logged(Log::Level::info, Log::Format::logfmt, [&](Log& log) {
    log.info("m", {{"detail", hostile}});
  });
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_THAT(line, HasSubstr(R"(detail="a b\n\"quoted\" level=error \\ \r\t\u0001\u007f")"));
}

TEST(Log, JsonIsReadBackAsItWas) {
  const std::string hostile = "line\nbreak \"quote\" \\ \x01 caf\xc3\xa9";
  const std::string line = logged(Log::Level::info, Log::Format::json, [&](Log& log) {
    log.error("m", {{"detail", hostile}});
  });
  const auto read = nlohmann::json::parse(line);
  EXPECT_EQ(read["level"], "error");
  EXPECT_EQ(read["msg"], "m");
  EXPECT_EQ(read["detail"], hostile);
  EXPECT_TRUE(read.contains("ts"));
}

TEST(Log, LeavesOutWhatIsBelowItsLevel) {
  const std::string lines = logged(Log::Level::warn, Log::Format::logfmt, [](Log& log) {
    log.debug("one");
    log.info("two");
    log.warn("three");
    log.error("four");
  });
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 2);
  EXPECT_THAT(lines, HasSubstr("msg=three"));
}

}  // namespace
}  // namespace authprobe::commands
